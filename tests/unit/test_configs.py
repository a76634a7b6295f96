"""Configs from layers, overrides, references and schemas; their defaults and their history."""

from __future__ import annotations

import argparse
import contextlib
import copy
import math
import os
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from witness import commit_all, commit_file, git

from gittrack import ConfigurationManager, ExperimentRegistry
from gittrack.canonical import Plain, config_id, emit
from gittrack.configs import InvalidConfigError, OverrideError
from gittrack.configs.interpolation import has_references, resolve
from gittrack.configs.overlay import PATCH, Overlay
from gittrack.configs.overrides import apply, read_override
from gittrack.configs.paths import look_up, read_path
from gittrack.configs.values import read_value
from gittrack.diff import flatten, same
from gittrack.errors import (
    GittrackError,
    NotFoundError,
    RepositoryError,
    SourceError,
    UsageError,
)
from gittrack.query.paths import Key, Position, path_text

BASE = """\
# what all have in common
model:
  name: mlp
  layers: [64, 32]
training:
  lr: 0.1
  epochs: 10
"""
PROD = """\
extends: base.yaml
training:
  lr: 0.01
"""
SCHEMA = """\
x-match: {files: "configs/*.yaml"}
type: object
properties:
  seed: {type: integer, default: 0, description: "starts 100% of all"}
  model:
    type: object
    properties:
      name: {type: string, default: mlp}
      layers: {type: array, items: {type: integer}}
  training:
    type: object
    additionalProperties: false
    required: [lr]
    properties:
      lr: {type: number, minimum: 0, description: the learning rate}
      epochs: {type: integer}
      learning_rate: {type: number}
      verbose: {type: boolean, default: false}
"""

Write = Callable[..., Path]

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6).filter(lambda n: n != PATCH)
KEYS = st.one_of(st.integers(-5, 50), NAMES)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(codec="utf-8"), max_size=12),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
CONFIGS = st.dictionaries(KEYS, VALUES, max_size=4)


@pytest.fixture
def write(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes files into the repository, which is the current folder: name and text in turn."""
    monkeypatch.chdir(repository)

    def execute(*pairs: str) -> Path:
        for name, text in zip(pairs[::2], pairs[1::2], strict=True):
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")
        return repository

    return execute


@pytest.fixture
def manager(write: Write) -> ConfigurationManager:
    """A manager of a repository with a base, what extends it, and a schema for both."""
    write("configs/base.yaml", BASE, "configs/prod.yaml", PROD)
    write(".exptrack/schema/training.yaml", SCHEMA)
    return ConfigurationManager()


def nothing_said(path: object) -> None:
    """No schema says anything of any path."""


class TestLayers:
    def test_a_file_lies_on_what_it_extends(self, manager: ConfigurationManager) -> None:
        """Mappings merge key by key, everything else is replaced, and `extends` does not stay."""
        config = manager.load("configs/prod.yaml")
        assert config == {
            "model": {"name": "mlp", "layers": [64, 32]},
            "training": {"lr": 0.01, "epochs": 10},
        }
        assert config.layers == ("configs/base.yaml", "configs/prod.yaml")

    def test_lists_and_null_replace(self, write: Write) -> None:
        """A list replaces a list whole, and null is a value."""
        write("a.yaml", "a: [1, 2]\nb: {c: 1}\nd: 1\n", "b.yaml", "a: [3]\nb: null\nd: {e: 1}\n")
        assert ConfigurationManager().load("a.yaml", "b.yaml") == {
            "a": [3],
            "b": None,
            "d": {"e": 1},
        }

    def test_a_diamond_lays_its_base_down_once(self, write: Write) -> None:
        """What two layers extend does not undo the first of them."""
        write("base.yaml", "x: base\n", "one.yaml", "extends: base.yaml\nx: one\n")
        write("two.yaml", "extends: base.yaml\ny: two\n")
        write("all.yaml", "extends: [one.yaml, two.yaml]\n")
        config = ConfigurationManager().load("all.yaml")
        assert config == {"x": "one", "y": "two"}
        assert config.layers == ("base.yaml", "one.yaml", "two.yaml", "all.yaml")

    def test_extends_is_relative_to_the_file_that_says_it(self, write: Write) -> None:
        """Not to the current folder; and JSON extends YAML."""
        write("shared/base.yaml", "a: 1\n", "deep/down/x.json", '{"extends": "../mid.yaml"}')
        write("deep/mid.yaml", "extends: ../shared/base.yaml\nb: 2\n")
        assert ConfigurationManager().load("deep/down/x.json") == {"a": 1, "b": 2}

    def test_an_environment_lies_on_top(self, manager: ConfigurationManager, write: Write) -> None:
        """`x.ENV.yaml` beside the last file, with what it extends itself."""
        write("configs/prod.gpu.yaml", "extends: prod.yaml\ntraining: {epochs: 99}\n")
        config = manager.load("configs/prod.yaml", environment="gpu")
        assert config["training"] == {"lr": 0.01, "epochs": 99}
        assert config.layers[-1] == "configs/prod.gpu.yaml"

    @pytest.mark.parametrize("name", ["cpu", "../prod", ""])
    def test_an_environment_that_is_not_there(
        self, manager: ConfigurationManager, write: Write, name: str
    ) -> None:
        """Names the file that is missing, and the environments that there are."""
        write("configs/prod.gpu.yaml", "a: 1\n", "configs/prod.ci.yaml", "a: 1\n")
        with pytest.raises(NotFoundError, match="no environment") as caught:
            manager.load("configs/prod.yaml", environment=name)
        assert caught.value.hint == "there are ci, gpu"

    def test_a_key_is_removed_and_a_mapping_replaced(self, write: Write) -> None:
        """`$patch: delete` and `$patch: replace` say what becomes of what is below."""
        write("base.yaml", "a: {x: 1, y: 2}\nb: {x: 1, y: 2}\nc: 5\n")
        write(
            "top.yaml",
            "extends: base.yaml\na: {$patch: replace, z: 3}\nb: {x: {$patch: delete}}\n"
            "c: {$patch: delete}\n",
        )
        assert ConfigurationManager().load("top.yaml") == {"a": {"z": 3}, "b": {"y": 2}}

    @pytest.mark.parametrize(
        ("text", "place", "said"),
        [
            ("a:\n  $patch: remove\n", "2:1", "neither replace nor delete"),
            ("a:\n  $patch:\n", "2:1", "neither replace nor delete"),
            ("a: {$patch: delete, b: 1}\n", "2:1", "beside other keys"),
            ("z: {$patch: delete}\n", "2:1", "no layer below has z"),
            ("$patch: replace\n", "1:1", "the whole config"),
        ],
    )
    def test_a_patch_that_means_nothing(
        self, write: Write, text: str, place: str, said: str
    ) -> None:
        """It is refused with its place."""
        write("base.yaml", "a: {x: 1}\n", "top.yaml", "extends: base.yaml\n" + text)
        with pytest.raises(SourceError, match=said) as caught:
            ConfigurationManager().load("top.yaml")
        assert str(caught.value).startswith(f"top.yaml:{place}: ")

    @pytest.mark.parametrize(
        ("extends", "said"),
        [
            ("none.yaml", "x.yaml:2:1: extends none.yaml, and there is no such file"),
            ("../../etc/passwd", "outside of the repository"),
            ("/etc/passwd", "outside of the repository"),
            ("../out.yaml", "outside of the repository"),
            ("link.yaml", "outside of the repository"),
            ("train.py", "which is no .yaml, .yml or .json file"),
            ("5", "extends is not the name of a file"),
            ("{a: 1}", "extends is not the name of a file"),
            ('["", "b.yaml"]', "extends is not the name of a file"),
            (r'"a\0.yaml"', "there is no such file"),
            ("x.yaml", "runs in a circle: x.yaml → x.yaml"),
            ("circle.yaml", "runs in a circle: x.yaml → circle.yaml → x.yaml"),
        ],
    )
    def test_what_cannot_be_extended(self, write: Write, extends: str, said: str) -> None:
        """A file that is missing, outside of the repository, no config, or the file itself."""
        root = write("x.yaml", f"a: 1\nextends: {extends}\n", "circle.yaml", "extends: x.yaml\n")
        (root.parent / "out.yaml").write_text("secret: 1\n")
        (root / "link.yaml").symlink_to("../out.yaml")
        with pytest.raises(SourceError) as caught:
            ConfigurationManager().load("x.yaml")
        assert said in str(caught.value)
        assert "secret" not in str(caught.value)

    def test_an_endless_chain(self, write: Write) -> None:
        """A chain of very many files is refused before Python gives up."""
        for number in range(70):
            write(f"{number}.yaml", f"extends: {number + 1}.yaml\n")
        with pytest.raises(SourceError, match="more than 64 files extend one another"):
            ConfigurationManager().load("0.yaml")

    def test_outside_of_a_repository(self, tmp_path: Path) -> None:
        """Layers work without a repository, wherever they lie; there are no schemas, no history."""
        (tmp_path / "elsewhere/deep").mkdir(parents=True)
        (tmp_path / "base.yaml").write_text("a: 1\n")
        file = tmp_path / "elsewhere/deep/x.yaml"
        file.write_text("extends: ../../base.yaml\n")
        manager = ConfigurationManager(tmp_path)
        assert manager.load(file) == {"a": 1}
        assert manager.validate_config(file) == []
        with pytest.raises(RepositoryError, match="only a repository has a history"):
            manager.history(file)
        with pytest.raises(NotFoundError, match="no schema called x"):
            manager.create_default_config("x")

    def test_a_file_of_another_repository_stays_in_it(self, tmp_path: Path, write: Write) -> None:
        """The limit is that of the repository that the file is in, not of the current one."""
        root = write("inside.yaml", "extends: ../out.yaml\n")
        (root.parent / "out.yaml").write_text("a: 1\n")
        with pytest.raises(SourceError, match="outside of the repository"):
            ConfigurationManager(tmp_path).load(root / "inside.yaml")

    def test_files_beside_the_repository(self, write: Write) -> None:
        """They extend what they like, but from inside of a repository nothing leads out again."""
        root = write("inside.yaml", "extends: ../out.yaml\n")
        (root.parent / "out.yaml").write_text("a: 1\n")
        (root.parent / "top.yaml").write_text("extends: out.yaml\nb: 1\n")
        assert ConfigurationManager().load("../top.yaml") == {"a": 1, "b": 1}
        (root.parent / "top.yaml").write_text(f"extends: {root.name}/inside.yaml\n")
        with pytest.raises(SourceError, match=r"inside\.yaml:1:1: .*outside of the repository"):
            ConfigurationManager().load("../top.yaml")

    def test_a_layer_is_one_document(self, write: Write) -> None:
        """A file of several documents is refused at the second."""
        write("two.yaml", "a: 1\n---\nb: 2\n")
        with pytest.raises(SourceError, match=r"two\.yaml:3:1: the file holds 2 documents"):
            ConfigurationManager().load("two.yaml")

    def test_no_file(self, manager: ConfigurationManager) -> None:
        """A config is made of one file or more, and they exist."""
        with pytest.raises(UsageError, match="which file"):
            manager.load()
        with pytest.raises(SourceError, match=r"nowhere/x\.yaml: there is no such file"):
            manager.load("nowhere/x.yaml")

    @given(CONFIGS, CONFIGS)
    def test_every_leaf_has_the_layer_that_said_it(
        self, below: dict[str | int, Plain], above: dict[str | int, Plain]
    ) -> None:
        """Each value of the result is in the layer that owns it; all of the upper one is there."""
        layers = (copy.deepcopy(below), copy.deepcopy(above))
        overlay = Overlay()
        for number, layer in enumerate(layers):
            overlay.lay(copy.deepcopy(layer), number)
        for path, leaf in flatten(overlay.data):
            found = look_up(layers[overlay.owner(path)], path)
            assert same(found, leaf) or (found == {} and leaf == {})  # type: ignore[arg-type]
        for path, leaf in flatten(above):
            if leaf != {}:
                assert same(look_up(overlay.data, path), leaf)  # type: ignore[arg-type]

    def test_nobody_owns_what_is_gone(self) -> None:
        """What a layer deleted or replaced has no owner, nor has anything that was in it."""
        overlay = Overlay()
        overlay.lay({"a": {"x": {"y": 1}}, "b": {"z": 1}, "c": 1}, 0)
        overlay.lay({"a": {PATCH: "delete"}, "b": [1], "c": {"d": 2}}, 1)
        assert overlay.owners == {
            (): 1,
            (Key("b"),): 1,
            (Key("c"),): 1,
            (Key("c"), Key("d")): 1,
        }

    @given(CONFIGS)
    def test_one_layer_comes_out_unchanged(self, data: dict[str | int, Plain]) -> None:
        """A single layer is taken as it is, whatever its keys and values are."""
        overlay = Overlay()
        overlay.lay(copy.deepcopy(data), 0)
        assert same(overlay.data, data)


class TestOrigins:
    def test_the_place_of_each_value(self, manager: ConfigurationManager) -> None:
        """File, line and column of a value, its list's elements, and of overrides their text."""
        config = manager.load("configs/prod.yaml", overrides=["training.epochs=3"])
        assert str(config.origin("training.lr")) == "configs/prod.yaml:3:3"
        assert str(config.origin("model.layers[1]")) == "configs/base.yaml:4:16"
        origin = config.origin("training.epochs")
        assert (origin.file, origin.override) == (None, "training.epochs=3")
        with pytest.raises(NotFoundError, match=r"no training\.nope"):
            config.origin("training.nope")

    def test_an_override_takes_all_below_it(self, manager: ConfigurationManager) -> None:
        """What an override replaced has no other origin; what it removed has that of its parent."""
        config = manager.load(
            "configs/prod.yaml", overrides=["model={name: x}", "~training.epochs"]
        )
        assert str(config.origin("model.name")) == "override model={name: x}"
        assert config.overrides == ("model={name: x}", "~training.epochs")

    def test_it_is_a_mapping_for_everybody(
        self, manager: ConfigurationManager, repository: Path
    ) -> None:
        """It can be registered, copied and pickled; its id is that of its canonical form."""
        config = manager.load("configs/prod.yaml")
        assert config.id == config_id(emit(dict(config)))
        assert ExperimentRegistry(repository).register(config) == config.id
        for copied in (copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
            assert copied == config
            assert copied.origin("training.lr") == config.origin("training.lr")


class TestReferences:
    def test_references_take_value_and_type(
        self, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """From the top, from beside, from the environment; alone with their type, else as text."""
        monkeypatch.setenv("DATA_ROOT", "/data")
        write(
            "x.yaml",
            "a: {b: 2, c: '${.b}', 7: seven}\nd: ${a.b}\ne: n-${a.b}-${oc.env:DATA_ROOT}\n"
            "f: ${a}\ng: [1, '${g[0]}']\nh: ${a.7}\ni: \\${a}\nj: ${oc.env:NO_SUCH,3}\n",
        )
        assert ConfigurationManager().load("x.yaml") == {
            "a": {"b": 2, "c": 2, 7: "seven"},
            "d": 2,
            "e": "n-2-/data",
            "f": {"b": 2, "c": 2, 7: "seven"},
            "g": [1, 1],
            "h": "seven",
            "i": "${a}",
            "j": "3",
        }

    def test_what_omegaconf_cannot_say_survives(self) -> None:
        """Beside a reference, nothing else changes: odd keys, NaN, `???`, big integers."""
        data: dict[str | int, Plain] = {
            "x.y": {5: "five", "5": "text"},
            "nan": math.nan,
            "missing": "???",
            "big": 2**70,
            "": [],
            "r": "${big}",
        }
        found, faults = resolve(data)
        assert faults == []
        assert same(found, {**data, "r": 2**70})

    @given(CONFIGS)
    def test_no_reference_no_change(self, data: dict[str | int, Plain]) -> None:
        """A config without `${` is given back as it is."""
        if not has_references(data):
            assert resolve(data) == (data, [])

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("${nope.x}", "interpolation key 'nope.x' not found"),
            ("${oc.env:NO_SUCH_NAME}", "Environment variable 'NO_SUCH_NAME' not found"),
            ("${a", "cannot be read"),
            ("${b}", "recursive"),
            ("${foo:1}", "unsupported interpolation type foo"),
        ],
    )
    def test_a_reference_that_leads_nowhere(self, write: Write, text: str, said: str) -> None:
        """It has file, line, column and path."""
        write("x.yaml", f"a: 1\nc:\n  b: 1\nb: {text}\n")
        with pytest.raises(InvalidConfigError, match="(?i)" + said) as caught:
            ConfigurationManager().load("x.yaml")
        assert str(caught.value).startswith("x.yaml:4:1 b: ")

    @pytest.mark.parametrize(
        "line",
        [
            "l{n}: " + "${{l{m}}}" * 10,
            "l{n}: " + "${{.l{m}}}" * 10,
            "l{n}: {{a: '${{l{m}}}', b: '${{l{m}}}'}}",
            "l{n}: " + "${{oc.select:l{m}}}" * 10,
            "l{n}: " + "${{l${{k{n}}}}}" * 10 + "\nk{n}: {m}",
            "$l{n}: " + "${{$l{m}}}" * 10,
            "l{n}: '" + '${{oc.select:"l\\\\{m}"}}' * 10 + "'",
            "l{n}: '${{oc.create:{{a: ${{l{m}}}, b: ${{l{m}}}}}}}'",
        ],
    )
    def test_references_cannot_explode(self, write: Write, line: str) -> None:
        """Strings that each hold the one before several times are refused, and at once."""
        lines = [line.format(n=number, m=number - 1) for number in range(1, 30)]
        write("x.yaml", "l0: text\n$l0: text\nk0: 0\n" + "\n".join(lines) + "\n")
        with pytest.raises(InvalidConfigError, match="errors in this config"):
            ConfigurationManager().load("x.yaml")

    def test_references_in_references(self, write: Write) -> None:
        """A key that is chosen by another one, below a key that is known; and long chains."""
        chain = "".join(f"c{number}: ${{c{number - 1}}}\n" for number in range(1, 30))
        write(
            "x.yaml",
            "root: /r\nname: b\nmodels:\n  a: {lr: 1}\n  b: {lr: 2, path: '${root}/b'}\n"
            "model: ${models.${name}}\nlr: ${models[${name}].lr}\nc0: 1\n" + chain,
        )
        config = ConfigurationManager().load("x.yaml")
        assert config["model"] == {"lr": 2, "path": "/r/b"}
        assert (config["lr"], config["c29"]) == (2, 1)

    @pytest.mark.parametrize(
        "text",
        [
            "a: {x: '${b}'}\nb: {y: '${a}'}\n",
            "a: ${a}\n",
            "a: {b: '${a}'}\n",
            "a: ${${a}}\n",
            "".join(f"a{number}: ${{a{number + 1}}}\n" for number in range(500)) + "a500: 1\n",
        ],
    )
    def test_circles_and_endless_chains(self, write: Write, text: str) -> None:
        """They are refused, however they run."""
        write("x.yaml", text)
        with pytest.raises(InvalidConfigError):
            ConfigurationManager().load("x.yaml")

    def test_all_that_lead_nowhere_are_told(self, write: Write) -> None:
        """At once, by `load` and by `validate_config`."""
        write("x.yaml", "a: ${b}\nc: {d: '${e}'}\n")
        with pytest.raises(InvalidConfigError) as caught:
            ConfigurationManager().load("x.yaml")
        assert [error.path for error in caught.value.errors] == ["a", "c.d"]
        assert tuple(ConfigurationManager().validate_config("x.yaml")) == caught.value.errors

    def test_an_override_reaches_references(self, write: Write) -> None:
        """Overrides come first, and may hold references themselves."""
        write("x.yaml", "lr: 1\nname: run-${lr}\n")
        config = ConfigurationManager().load("x.yaml", overrides=["lr=2", "copy=${name}"])
        assert config == {"lr": 2, "name": "run-2", "copy": "run-2"}


class TestValues:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("0.01", 0.01),
            ("1e-3", 0.001),
            ("1", 1),
            ("", None),
            ("null", None),
            ("true", True),
            ("yes", "yes"),
            ("'1'", "1"),
            ("[1, 2]", [1, 2]),
            ("{b: 1}", {"b": 1}),
            (".nan", math.nan),
            ("a b, c", "a b, c"),
            ("#fff", "#fff"),
            ("a #b", "a #b"),
            ("'a' # b", "a"),
            ("1\nother: 2", "1\nother: 2"),
            ("1\rother: 2", "1\rother: 2"),
            ("2026-11-01", "2026-11-01"),
        ],
    )
    def test_values_are_read_as_yaml(self, text: str, value: Plain) -> None:
        """YAML 1.2, on one line; what YAML would take for a comment or more lines is text."""
        assert same(read_value(text), value)

    @pytest.mark.parametrize("text", ["[1", "a: b", "@x", "!!set {a}", "*a", "\udcff"])
    def test_what_yaml_refuses(self, text: str) -> None:
        """It is refused, with how to say that it is text."""
        with pytest.raises(UsageError) as caught:
            read_value(text)
        assert "quotes" in str(caught.value.hint)

    @given(st.text())
    def test_any_text_is_a_value_or_refused(self, text: str) -> None:
        """No text brings anything but a value or a UsageError."""
        with contextlib.suppress(UsageError):
            emit({"value": read_value(text)})


class TestPaths:
    @given(
        st.lists(
            st.one_of(KEYS.map(Key), st.integers(0, 99).map(Position)), min_size=1, max_size=5
        ).filter(lambda path: isinstance(path[0], Key))
    )
    def test_paths_read_back(self, path: list[Key | Position]) -> None:
        """What `path_text` writes is read as the same path."""
        assert read_path(path_text(path)) == tuple(path)

    @pytest.mark.parametrize(
        "text", ["", ".", "a.", "a..b", ".a", "a[", "a[x]", "a.[0]", "`a", "a`b`"]
    )
    def test_no_path(self, text: str) -> None:
        """What is no path is refused."""
        with pytest.raises(UsageError, match="cannot read the path"):
            read_path(text)

    @given(st.text())
    def test_any_override_is_read_or_refused(self, text: str) -> None:
        """No text brings anything but an override or a UsageError."""
        with contextlib.suppress(UsageError):
            read_override(text)


DATA: dict[str, Any] = {
    "training": {"lr": 0.1, "beta1": 0.9},
    "layers": [{"units": 64}, {"units": 32}],
    "a.b": {"learning rate": 1},
    "classes": {"1": "cat"},
    "none": None,
}


def overridden(*texts: str) -> dict[str | int, Plain]:
    applied = apply(copy.deepcopy(DATA), texts, nothing_said)
    assert not applied.faults
    assert not applied.suspects
    return applied.data


class TestOverrides:
    @pytest.mark.parametrize(
        ("text", "path", "value"),
        [
            ("training.lr=1", ("training", "lr"), 1),
            ("layers[0].units=5", ("layers", 0, "units"), 5),
            ("layers.1.units=5", ("layers", 1, "units"), 5),
            ("`a.b`.`learning rate`=2", ("a.b", "learning rate"), 2),
            ("classes.1=dog", ("classes", "1"), "dog"),
            ("classes.2=dog", ("classes", 2), "dog"),
            ("training.beta2=0.99", ("training", "beta2"), 0.99),
            ("new.deep.key=1", ("new", "deep", "key"), 1),
            ("+training.lrr=1", ("training", "lrr"), 1),
            ("+layers[2]={units: 1}", ("layers", 2), {"units": 1}),
            ("training={lr: 1}", ("training",), {"lr": 1}),
            ("x==1", ("x",), "=1"),
        ],
    )
    def test_a_value_is_set(self, text: str, path: tuple[str | int, ...], value: Plain) -> None:
        """By keys, positions, and keys in backticks; what is not there is added."""
        found: Any = overridden(text)
        for step in path:
            found = found[step]
        assert found == value

    def test_a_key_is_removed(self) -> None:
        """`~key` removes a key, or an element of a list."""
        assert "lr" not in overridden("~training.lr")["training"]  # type: ignore[operator]
        assert overridden("~layers[0]")["layers"] == [{"units": 32}]

    def test_the_last_one_counts(self) -> None:
        """Overrides are applied in their order."""
        assert overridden("training={a: 1}", "training.b=2")["training"] == {"a": 1, "b": 2}
        assert overridden("x=1", "x=2")["x"] == 2

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("training", "override training: there is no = in it"),
            ("=1", "override =1: there is no key in it"),
            ("new[0]=1", "there is no new"),
            ("~training=1", "~ takes a key and no value"),
            ("~training.lrr", "there is no training.lrr to remove; did you mean lr?"),
            ("training.lr.x=1", "training.lr is 0.1, not a mapping"),
            ("none.x=1", "none is null, not a mapping"),
            ("layers.units=1", "layers is a list, not a mapping"),
            ("training[0]=1", "training is a mapping, not a list"),
            ("layers[2]=1", "there is no layers[2]: the list has 2 elements"),
            ("+layers[3]=1", "there is no layers[3]: the list has 2 elements"),
            ("training.lr=[1", "override training.lr=[1: a bracket"),
        ],
    )
    def test_what_cannot_be_applied(self, text: str, said: str) -> None:
        """It is told, with the override as it was written."""
        [fault] = apply(copy.deepcopy(DATA), [text], nothing_said).faults
        assert said in fault.message
        assert fault.message.startswith("override ")

    def test_a_mistyped_key(self, write: Write) -> None:
        """A key that looks like one beside it is refused, unless they differ in digits only."""
        write("x.yaml", "training: {lr: 1, layer1: 1}\n")
        manager = ConfigurationManager()
        with pytest.raises(OverrideError) as caught:
            manager.load("x.yaml", overrides=["training.lrr=2"])
        assert str(caught.value) == (
            "training.lrr is not in the config; did you mean lr? (to add it: +training.lrr=…)"
        )
        config = manager.load("x.yaml", overrides=["training.layer2=2", "+training.lrr=2"])
        assert config["training"] == {"lr": 1, "layer1": 1, "layer2": 2, "lrr": 2}

    def test_a_mapping(self, write: Write) -> None:
        """Nested or dotted; a key that the config has is that key, dots or not; types stay."""
        write("x.yaml", "training: {lr: 1, epochs: 2}\na.b: 1\n")
        overrides = {"training": {"lr": "3"}, "a.b": 2, "c.d": 4.0, "e": {}}
        assert ConfigurationManager().load("x.yaml", overrides=overrides) == {
            "training": {"lr": "3", "epochs": 2},
            "a.b": 2,
            "c": {"d": 4.0},
            "e": {},
        }

    def test_arguments(self, manager: ConfigurationManager) -> None:
        """Of a namespace, what config or schema know is taken; None and the rest are left."""
        given = {"training.lr": 3, "training.epochs": None, "seed": 1, "output": "x", "a b": open}
        config = manager.load("configs/prod.yaml", overrides=argparse.Namespace(**given))
        assert config["training"] == {"lr": 3, "epochs": 10}
        assert config["seed"] == 1
        assert "output" not in config

    def test_one_text(self, write: Write) -> None:
        """A single text is one override, not a list of letters."""
        write("x.yaml", "lr: 1\n")
        assert ConfigurationManager().load("x.yaml", overrides="lr=2") == {"lr": 2}

    def test_schemas_decide_what_fits(self, manager: ConfigurationManager) -> None:
        """Where a schema wants a string the text is it; all that does not fit is told at once."""
        config = manager.load("configs/prod.yaml", overrides=["model.name=5", "seed=5"])
        assert (config["model"]["name"], config["seed"]) == ("5", 5)
        with pytest.raises(OverrideError) as caught:
            manager.load(
                "configs/prod.yaml",
                overrides=[
                    "+training.lrr=1",
                    "model.layers[0]=x",
                    "~training.lr",
                    "noeq",
                ],
            )
        assert sorted(caught.value.candidates) == [
            "override +training.lrr=1: unknown key; did you mean lr? (schema training)",
            'override model.layers[0]=x: "x" is a string, not an integer (schema training)',
            "override noeq: there is no = in it",
            "override ~training.lr: the key lr is missing (schema training)",
        ]

    def test_a_value_of_a_wrong_type(self, manager: ConfigurationManager) -> None:
        """The message has the override, the value, what is wanted, and the schema."""
        with pytest.raises(OverrideError) as caught:
            manager.load("configs/prod.yaml", overrides=["training.lr=abc"])
        assert str(caught.value) == (
            'override training.lr=abc: "abc" is a string, not a number (schema training)'
        )

    def test_a_key_that_the_schema_does_not_know(self, manager: ConfigurationManager) -> None:
        """The message says which key of the config it looks like."""
        with pytest.raises(OverrideError) as caught:
            manager.load("configs/prod.yaml", overrides=["training.lrr=1"])
        assert str(caught.value) == (
            "override training.lrr=1: unknown key; did you mean lr? (schema training)"
        )

    def test_a_required_key_cannot_be_removed(self, manager: ConfigurationManager) -> None:
        """Where the schema requires it."""
        with pytest.raises(OverrideError, match="lr is missing"):
            manager.load("configs/prod.yaml", overrides=["~training.lr"])

    def test_faults_of_the_file_are_not_the_overrides(
        self, manager: ConfigurationManager, write: Write
    ) -> None:
        """An override is not refused for what is wrong elsewhere."""
        write("configs/bad.yaml", "training: {lr: text}\n")
        config = manager.load("configs/bad.yaml", overrides=["seed=1"])
        assert config == {"training": {"lr": "text"}, "seed": 1}


class TestArguments:
    def parser(self, manager: ConfigurationManager, *files: str) -> argparse.ArgumentParser:
        parser = argparse.ArgumentParser(prog="train", exit_on_error=False)
        manager.add_arguments(parser, *files)
        return parser

    def test_an_option_for_each_value(self, manager: ConfigurationManager) -> None:
        """What is given is set with its type; what is not given stays."""
        parser = self.parser(manager, "configs/prod.yaml")
        assert vars(parser.parse_args([])) == {}
        words = ["--training.lr", "1", "--model.layers", "[1, 2]", "--training.verbose", "true"]
        config = manager.load("configs/prod.yaml", overrides=parser.parse_args(words))
        assert config["training"] == {"lr": 1.0, "epochs": 10, "verbose": True}
        assert config["model"] == {"name": "mlp", "layers": [1, 2]}

    @pytest.mark.parametrize(
        "words", [["--training.epochs", "x"], ["--training.verbose", "1"], ["--model.layers", "[1"]]
    )
    def test_types_are_checked(self, manager: ConfigurationManager, words: list[str]) -> None:
        """By the parser itself."""
        with pytest.raises(argparse.ArgumentError):
            self.parser(manager, "configs/prod.yaml").parse_args(words)

    def test_help(self, manager: ConfigurationManager) -> None:
        """Descriptions of the schema, and the value of now or the schema's default."""
        shown = self.parser(manager, "configs/prod.yaml").format_help()
        assert "--training.lr X" in shown
        assert "the learning rate (now 0.01)" in shown
        assert "starts 100% of all (default 0)" in shown

    def test_odd_keys_have_no_option(self, write: Write) -> None:
        """A key that needs quotes, or is an option of the program already, is left out."""
        write("x.yaml", "a b: 1\n'[x]': 1\nhelp: 1\nfine: '%d \\x1b'\n-: 1\n")
        parser = self.parser(ConfigurationManager(), "x.yaml")
        assert vars(parser.parse_args(["--fine", "%s"])) == {"fine": "%s"}
        assert "\x1b" not in parser.format_help()


class TestSchemas:
    def errors(self, manager: ConfigurationManager, *files: str, **given: Any) -> list[str]:
        return [str(error) for error in manager.validate_config(list(files), **given)]

    def test_all_errors_with_their_places(
        self, manager: ConfigurationManager, write: Write
    ) -> None:
        """Each in the layer that it came from; what is missing at its parent."""
        write("configs/wild.yaml", "training: {epochs: many}\nmodel: {layers: [1, x]}\n")
        write(
            "configs/top.yaml",
            "extends: wild.yaml\ntraining:\n  learning_rte: 0.1\nseed: 1.5\n",
        )
        assert sorted(self.errors(manager, "configs/top.yaml")) == sorted(
            [
                'configs/wild.yaml:2:21 model.layers[1]: "x" is a string, not an integer',
                'configs/wild.yaml:1:12 training.epochs: "many" is a string, not an integer',
                "configs/top.yaml:3:3 training.learning_rte: unknown key;"
                " did you mean learning_rate?",
                "configs/top.yaml:2:1 training: the key lr is missing",
                "configs/top.yaml:4:1 seed: 1.5 is a float, not an integer",
            ]
        )

    def test_overrides_are_places_too(self, manager: ConfigurationManager) -> None:
        """What an override brought is said of it."""
        [error] = self.errors(manager, "configs/prod.yaml", overrides=["training.lr=x"])
        assert error == 'override training.lr=x: "x" is a string, not a number'

    def test_data_and_loaded_configs(self, manager: ConfigurationManager) -> None:
        """Data has paths only; a loaded config remembers its files."""
        [error] = manager.validate_config({"training": {"lr": "x"}}, "training")
        assert str(error).startswith("training.lr: ")
        loaded = manager.load("configs/prod.yaml")
        loaded["training"]["lr"] = "x"
        [error] = manager.validate_config(loaded)
        assert str(error).startswith("configs/prod.yaml:3:3 training.lr: ")

    def test_by_kind_by_name_and_not_at_all(
        self, manager: ConfigurationManager, write: Write
    ) -> None:
        """A schema speaks of a config by file or kind, or is named; no schema finds nothing."""
        write("other.yaml", "training: {lr: x}\n", "kind.yaml", "kind: run\nsize: x\n")
        write(".exptrack/schema/run.json", '{"properties": {"size": {"type": "integer"}}}')
        manager = ConfigurationManager()
        assert self.errors(manager, "other.yaml") == []
        assert manager.schemas_for(manager.load("other.yaml")) == ()
        assert len(self.errors(manager, "other.yaml", schema="training")) == 1
        assert len(self.errors(manager, "kind.yaml")) == 1
        with pytest.raises(NotFoundError, match="no schema called trainin") as caught:
            self.errors(manager, "other.yaml", schema="trainin")
        assert "training" in str(caught.value.hint)

    def test_a_broken_schema_is_an_error(self, manager: ConfigurationManager, write: Write) -> None:
        """Nobody knows what it would have said."""
        write(".exptrack/schema/broken.yaml", "type: strnig\n")
        [error] = self.errors(ConfigurationManager(), "configs/prod.yaml")
        assert error.startswith(".exptrack/schema/broken.yaml:1:1: ")

    def test_links_in_the_schema_folder_are_not_followed(
        self, manager: ConfigurationManager, tmp_path: Path
    ) -> None:
        """A link is no schema, wherever it leads: an error, so that none goes unnoticed."""
        (tmp_path / "evil.yaml").write_text("x-match: {files: '*'}\ntype: string\n")
        os.symlink(tmp_path / "evil.yaml", ".exptrack/schema/evil.yaml")
        [error] = self.errors(ConfigurationManager(), "configs/prod.yaml")
        assert error == ".exptrack/schema/evil.yaml:1:1: this is a symbolic link"


class TestDefaults:
    def test_data_and_file(self, manager: ConfigurationManager) -> None:
        """The defaults as data; with a file also as commented text that reads back the same."""
        data = manager.create_default_config("training", "new.yaml")
        assert data == {"seed": 0, "model": {"name": "mlp"}}
        assert manager.load("new.yaml") == data
        assert "# starts 100% of all" in Path("new.yaml").read_text()

    def test_a_file_is_replaced_only_when_told(self, manager: ConfigurationManager) -> None:
        """Not even a link that leads nowhere is replaced unasked."""
        Path("new.yaml").write_text("mine: 1\n")
        os.symlink("nowhere", "link.yaml")
        for name in ("new.yaml", "link.yaml"):
            with pytest.raises(UsageError, match="exists already"):
                manager.create_default_config("training", name)
        assert Path("new.yaml").read_text() == "mine: 1\n"
        manager.create_default_config("training", "new.yaml", force=True)
        assert "seed: 0" in Path("new.yaml").read_text()
        assert [p.name for p in Path().iterdir() if p.name.endswith(".tmp")] == []


class TestSetting:
    def test_comments_order_and_mode_stay(self, manager: ConfigurationManager) -> None:
        """Only the values change, in the file itself; a link stays a link."""
        Path("configs/base.yaml").chmod(0o640)
        os.symlink("base.yaml", "configs/link.yaml")
        changes = manager.set_values("configs/link.yaml", ["training.lr=0.5", "model.layers[1]=8"])
        assert [(c.text_path, c.old, c.new) for c in changes] == [
            ("model.layers[1]", 32, 8),
            ("training.lr", 0.1, 0.5),
        ]
        assert Path("configs/base.yaml").read_text() == BASE.replace("0.1", "0.5").replace(
            "32", "8"
        )
        assert Path("configs/base.yaml").stat().st_mode & 0o777 == 0o640
        assert Path("configs/link.yaml").is_symlink()

    def test_only_its_own_values(self, manager: ConfigurationManager) -> None:
        """A key of a file below may be set over; what needs that file's own data is refused."""
        manager.set_values("configs/prod.yaml", ["training.epochs=3"])
        assert Path("configs/prod.yaml").read_text() == PROD + "  epochs: 3\n"
        for override in ("~model.name", "model.layers[0]=1"):
            with pytest.raises(OverrideError, match=r"not in configs/prod\.yaml, but in configs/b"):
                manager.set_values("configs/prod.yaml", [override])
        assert Path("configs/prod.yaml").read_text() == PROD + "  epochs: 3\n"

    def test_references_stay_references(self, write: Write) -> None:
        """What is written is the override's text, not what it stands for."""
        write("x.yaml", "a: 1\nb: 2\n")
        ConfigurationManager().set_values("x.yaml", ["b=${a}"])
        assert Path("x.yaml").read_text() == 'a: 1\nb: "${a}"\n'

    def test_schemas_are_asked_first(self, manager: ConfigurationManager) -> None:
        """Unless told not to; and nothing is written where one value does not fit."""
        with pytest.raises(OverrideError, match="not a number"):
            manager.set_values("configs/prod.yaml", ["seed=1", "training.lr=x"])
        assert Path("configs/prod.yaml").read_text() == PROD
        manager.set_values("configs/prod.yaml", ["training.lr=x"], validate=False)
        assert "lr: x" in Path("configs/prod.yaml").read_text()

    def test_nothing_changes(self, manager: ConfigurationManager) -> None:
        """The same value again changes nothing, and does not touch the file."""
        before = Path("configs/prod.yaml").stat()
        assert manager.set_values("configs/prod.yaml", ["training.lr=0.01"]) == []
        assert Path("configs/prod.yaml").stat() == before


class TestHistory:
    def test_distinct_configs_newest_first(self, write: Write) -> None:
        """Equal configs in a row are one, the commit that brought it; renames are followed."""
        root = write()
        first = commit_file(root, "old.yaml", "a: 1\n", "start")
        commit_file(root, "old.yaml", "# words\na: 1\n", "comment only")
        second = commit_file(root, "old.yaml", "a: 2\n" + "b: 1\nc: 1\n", "two\x1b[31m")
        git(root, "mv", "old.yaml", "new.yaml")
        commit_all(root, "move")
        broken = commit_file(root, "new.yaml", "a: [2\nb: 1\nc: 1\n", "break")
        third = commit_file(root, "new.yaml", "a: 3\nb: 1\nc: 1\n", "three")
        registry = ExperimentRegistry(root)
        registry.register({"a": 1})
        found = ConfigurationManager().history("new.yaml")
        assert [v.commit for v in found] == [third, broken, second, first]
        assert [v.path for v in found] == ["new.yaml", "new.yaml", "old.yaml", "old.yaml"]
        assert [v.registered for v in found] == [False, False, False, True]
        assert found[3].ids == (config_id(emit({"a": 1})),)
        assert found[1].ids == ()
        assert "not closed" in str(found[1].fault)
        assert found[0].author == "Ada Lovelace <ada@example.org>"
        assert found[0].date.endswith("Z")
        assert all(v.complete for v in found)
        assert ConfigurationManager().history("new.yaml", limit=1) == found[:1]

    def test_what_is_not_committed_comes_first(self, write: Write) -> None:
        """As a version without a commit; not where only the formatting changed."""
        root = write()
        commit_file(root, "x.yaml", "a: 1\n")
        write("x.yaml", "{a: 1}\n")
        assert len(ConfigurationManager().history("x.yaml")) == 1
        write("x.yaml", "a: 2\n", "new.yaml", "a: 2\n")
        now, before = ConfigurationManager().history("x.yaml")
        assert (now.commit, now.date, now.ids) == (None, "", (config_id(emit({"a": 2})),))
        assert before.commit is not None
        assert [v.commit for v in ConfigurationManager().history("new.yaml")] == [None]
        Path("x.yaml").unlink()
        assert ConfigurationManager().history("x.yaml")[0].fault == "removed"

    def test_a_copy_has_a_history_of_its_own(self, write: Write) -> None:
        """The file that it was copied from is another one."""
        root = write()
        text = "".join(f"key{number}: {number}\n" for number in range(20))
        commit_file(root, "base.yaml", "lr: 1\n" + text)
        commit_file(root, "base.yaml", "lr: 2\n" + text)
        copied = commit_file(root, "copy.yaml", "lr: 3\n" + text)
        assert [v.commit for v in ConfigurationManager().history("copy.yaml")] == [copied]

    def test_branches_and_merges(self, write: Write) -> None:
        """Both sides of a merge are there, and what the merge made of them."""
        root = write()
        lines = "".join(f"key{number}: 0\n" for number in range(20))
        base = commit_file(root, "x.yaml", lines)
        git(root, "checkout", "-q", "-b", "side")
        side = commit_file(root, "x.yaml", lines.replace("key1: 0", "key1: 1"))
        git(root, "checkout", "-q", "main")
        main = commit_file(root, "x.yaml", lines.replace("key19: 0", "key19: 1"))
        git(root, "merge", "-q", "-m", "merge", "side")
        merge = git(root, "rev-parse", "HEAD")
        found = [v.commit for v in ConfigurationManager().history("x.yaml")]
        assert (found[0], found[-1]) == (merge, base)
        assert set(found[1:-1]) == {side, main}

    def test_a_rename_on_a_branch(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        """What was before the rename is there, even if all commits are of one second."""
        for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
            monkeypatch.setenv(name, "2026-11-02T12:00:00Z")
        root = write()
        first = commit_file(root, "old.yaml", "a: 1\nb: 1\nc: 1\n")
        second = commit_file(root, "old.yaml", "a: 2\nb: 1\nc: 1\n")
        git(root, "checkout", "-q", "-b", "side")
        git(root, "mv", "old.yaml", "new.yaml")
        commit_all(root, "move")
        third = commit_file(root, "new.yaml", "a: 3\nb: 1\nc: 1\n")
        git(root, "checkout", "-q", "main")
        commit_file(root, "other.txt", "x\n")
        git(root, "merge", "-q", "-m", "merge", "side")
        found = [v.commit for v in ConfigurationManager().history("new.yaml")]
        assert found == [third, second, first]

    def test_a_shallow_clone_says_that_it_ends(self, write: Write, tmp_path: Path) -> None:
        """The oldest version that is there is marked; a later file's is not."""
        root = write()
        commit_file(root, "x.yaml", "a: 1\n")
        commit_file(root, "x.yaml", "a: 2\n")
        commit_file(root, "later.yaml", "b: 1\n")
        git(tmp_path, "clone", "-q", "--depth=2", f"file://{root}", "clone")
        manager = ConfigurationManager(tmp_path / "clone")
        [version] = manager.history(tmp_path / "clone/x.yaml")
        assert not version.complete
        assert [v.complete for v in manager.history(tmp_path / "clone/later.yaml")] == [True]

    def test_links_removals_and_odd_names(self, write: Write) -> None:
        """What was no config for a while says why; names are names, never patterns or options."""
        root = write()
        name = "-x [a]*\té.yaml"
        commit_file(root, name, "a: 1\n")
        Path(name).unlink()
        os.symlink("/etc/passwd", name)
        commit_all(root)
        Path(name).unlink()
        commit_all(root)
        commit_file(root, name, "a: 1\n")
        faults = [v.fault for v in ConfigurationManager().history(name)]
        assert faults == [None, "removed", "this is a symbolic link", None]

    def test_nobody_can_forge_a_version(self, write: Write) -> None:
        """Names and subjects with control characters are one version's text."""
        root = write()
        git(root, "config", "user.name", "Ada\x02\x01 \x03x")
        commit = commit_file(root, "x.yaml", "a: 1\n", "sub\x01\x02\x03ject")
        [version] = ConfigurationManager().history("x.yaml")
        assert version.commit == commit
        assert "ject" in version.subject

    @pytest.mark.parametrize("name", ["none.yaml", "../outside.yaml", "/etc/passwd"])
    def test_a_file_that_never_was(self, write: Write, name: str) -> None:
        """It is refused, in the repository and outside of it."""
        write()
        with pytest.raises(NotFoundError, match="repository"):
            ConfigurationManager().history(name)

    def test_before_the_first_commit_and_in_a_bare_repository(
        self, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No commit: the work tree alone; no work tree: the commits alone."""
        root = write()
        commit_file(root, "x.yaml", "a: 1\n")
        git(tmp_path, "clone", "-q", "--bare", str(root), "bare.git")
        [version] = ConfigurationManager(tmp_path / "bare.git").history("x.yaml")
        assert version.ids == (config_id(emit({"a": 1})),)
        git(tmp_path, "init", "-q", "unborn")
        monkeypatch.chdir(tmp_path / "unborn")
        Path("x.yaml").write_text("a: 1\n")
        assert [v.commit for v in ConfigurationManager().history("x.yaml")] == [None]


def test_errors_are_ours(manager: ConfigurationManager) -> None:
    """Whatever is refused is a GittrackError with a message of one line."""
    calls: Mapping[str, Callable[[], object]] = {
        "folder": lambda: manager.load("configs"),
        "zero": lambda: manager.load("a\0b.yaml"),
        "environment": lambda: manager.load("configs/prod.yaml", environment="x"),
        "schema": lambda: manager.schema("nope\x1b"),
    }
    for call in calls.values():
        with pytest.raises(GittrackError) as caught:
            call()
        assert "\n" not in str(caught.value)
