"""Search spaces: the ways to write them, what is asked of a trial, and what is refused."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gittrack.errors import SourceError, UsageError
from gittrack.optimize.commands import check_command, filled
from gittrack.optimize.space import SearchSpace, SearchSpaceError, nested
from gittrack.tracking.own_folders import variables


class Recorder:
    """A trial that takes the first thing there is, and writes down what it was asked."""

    def __init__(self, taken: Mapping[str, Any] | None = None) -> None:
        self.asked: dict[str, Any] = {}
        self._taken = taken or {}

    def suggest_float(self, name: str, low: float, high: float, *, step: Any, log: bool) -> float:
        self.asked[name] = ("float", low, high, step, log)
        return self._taken.get(name, low)

    def suggest_int(self, name: str, low: int, high: int, *, step: int, log: bool) -> int:
        self.asked[name] = ("int", low, high, step, log)
        return self._taken.get(name, low)

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        self.asked[name] = ("categorical", *choices)
        return self._taken.get(name, choices[0])


def asked(form: object) -> Any:
    trial = Recorder()
    SearchSpace.from_mapping({"x": form}).suggest(trial)
    return trial.asked.get("x")


@pytest.mark.parametrize(
    ("form", "question"),
    [
        ({"type": "float", "low": 0, "high": 1}, ("float", 0.0, 1.0, None, False)),
        ({"type": "float", "low": 0, "high": 1, "step": 0.25}, ("float", 0.0, 1.0, 0.25, False)),
        ({"type": "loguniform", "low": 1e-5, "high": 1}, ("float", 1e-5, 1.0, None, True)),
        ({"type": "int", "low": 1, "high": 9, "step": 2}, ("int", 1, 9, 2, False)),
        ({"type": "int", "low": 1, "high": 8, "step": 3}, ("int", 1, 7, 3, False)),
        ({"type": "categorical", "choices": ["a", None]}, ("categorical", "a", None)),
        ({"uniform": [0, 1]}, ("float", 0.0, 1.0, None, False)),
        ({"loguniform": [1e-5, 1]}, ("float", 1e-5, 1.0, None, True)),
        ({"int": [1, 9]}, ("int", 1, 9, 1, False)),
        ({"int": [1, 9], "log": True}, ("int", 1, 9, 1, True)),
        ({"choice": ["a", "b"]}, ("categorical", "a", "b")),
        (("float", 1e-5, 1e-1, "log"), ("float", 1e-5, 1e-1, None, True)),
        (("int", 1, 10), ("int", 1, 10, 1, False)),
        (("categorical", ["a", "b"]), ("categorical", "a", "b")),
        ([1, 10], ("categorical", 1, 10)),
        (["float", 1], ("categorical", "float", 1)),
        ([[64], [128, 64]], ("categorical", "[64]", "[128, 64]")),
        (3, None),
        ({"constant": [1, 2]}, None),
    ],
)
def test_each_way_to_write_a_parameter(form: object, question: object) -> None:
    """The long form, the short ones and tuples ask a trial the same; constants ask nothing."""
    assert asked(form) == question


def test_the_distributions_of_optuna() -> None:
    """What Optuna has for a range or choices means here what it means there."""
    made = pytest.importorskip("optuna").distributions
    assert asked(made.FloatDistribution(1e-3, 1, log=True)) == ("float", 1e-3, 1.0, None, True)
    assert asked(made.IntDistribution(1, 7, step=2)) == ("int", 1, 7, 2, False)
    assert asked(made.CategoricalDistribution(("a", 2))) == ("categorical", "a", 2)


def test_names_and_groups_become_one_config() -> None:
    """Dotted names and mappings in mappings are the same keys; lists come back as lists."""
    space = SearchSpace.from_mapping(
        {"model": {"type": "mlp", "units": {"int": [4, 8]}}, "model.act": ["relu"], "n": [[1], [2]]}
    )
    trial = Recorder({"n": "[2]"})
    config = {"model": {"type": "mlp", "units": 4, "act": "relu"}, "n": [2]}
    assert space.suggest(trial) == config
    assert list(trial.asked) == ["model.units", "model.act", "n"]


CONDITIONAL = {
    "svm": {"when": {"kind": "svm"}, "C": {"uniform": [1, 2]}, "gamma": {"uniform": [0, 1]}},
    "depth": {"int": [1, 8], "when": {"kind": ["forest", "trees"]}},
    "kind": ["svm", "forest", "trees", "none"],
}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("svm", {"kind", "svm.C", "svm.gamma"}),
        ("trees", {"kind", "depth"}),
        ("none", {"kind"}),
    ],
)
def test_a_condition_decides_what_is_asked(kind: str, names: set[str]) -> None:
    """A parameter is asked for, and in the config, only where its condition holds."""
    trial = Recorder({"kind": kind})
    assert set(SearchSpace.from_mapping(CONDITIONAL).suggest_flat(trial)) == names
    assert set(trial.asked) == names


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"a": {"type": "flaot", "low": 1, "high": 2}}, 'a: type "flaot" is not float, int or'),
        ({"m": {"a": {"uniform": [3, 2]}}}, "m.a: low 3.0 is above high 2.0"),
        ({"a": {"low": 1, "high": 2}}, "a: the type is missing"),
        ({"a": {"uniform": [1]}}, "a: uniform takes [low, high], not [1]"),
        ({"a": {"int": [1.5, 2]}}, "a: low is 1.5: it must be an integer"),
        ({"a": {"int": [True, 2]}}, "a: low is true: it must be an integer"),
        ({"a": {"int": [1, 2**60]}}, "a: an integer's range ends at 2^53"),
        ({"a": {"loguniform": [0, 1]}}, "a: low 0.0 is not above 0"),
        ({"a": {"uniform": [0, float("inf")]}}, "a: high is inf: it must be finite"),
        ({"a": {"uniform": [-1e308, 1e308]}}, "a: the range is too wide for floats"),
        ({"a": {"uniform": [0, 1], "step": 0}}, "a: step 0.0 is not above 0"),
        ({"a": {"uniform": [0, 1], "step": 1e-30}}, "a: the step 1e-30 is too small"),
        ({"a": {"uniform": ["0", 1]}}, 'a: low is "0": it must be a number'),
        ({"a": []}, "a: there are no choices"),
        ({"a": [1, True]}, "a: the choice true is there twice"),
        ({"a": {"choice": "abc"}}, "a: choices must be a list"),
        ({"a": {"uniform": [0, 1], "stp": 1}}, 'a: the key "stp" has no meaning here'),
        ({"a": {"choice": ["x"], "when": {"b": 1}}}, "a: when names b, which is not in the space"),
        ({"a": {"choice": ["x"], "when": {"b": 1}}, "b": [2]}, "a: b is never 1"),
        ({"a": {"choice": ["x"], "when": 3}}, "a: when is a mapping"),
        (
            {"a": {"choice": [1], "when": {"b": 2}}, "b": {"choice": [2], "when": {"a": 1}}},
            "a: its condition leads in a circle: a, b",
        ),
        ({"a": 1, "a.b": 2}, "a cannot be both a value and the beginning of a.b"),
        ({"a.b": 1, "a": {"b": 2}}, "a.b is there twice"),
        ({"a..b": 1}, 'the name "a..b" has an empty part'),
        ({3: 4}, "the name 3 is no text"),
        ({"a": object()}, "a: a value of type builtins.object is not plain data"),
    ],
)
def test_what_makes_no_sense_is_refused(space: Any, message: str) -> None:
    """The message names the parameter, then what is wrong with it."""
    with pytest.raises(SearchSpaceError) as caught:
        SearchSpace.from_mapping(space)
    assert caught.value.message.startswith(message)


numbers = st.integers(-1000, 1000)
steps = st.integers(1, 50)
ranges = st.tuples(numbers, numbers).map(sorted)
int_forms = st.builds(lambda r, s: {"int": r, "step": s}, ranges, steps)
# Hundredths, which floats only come near to.
float_forms = st.builds(
    lambda r, s: {"float": [r[0] / 100, r[1] / 100], "step": s / 100}, ranges, steps
)
log_forms = st.builds(
    lambda r: {"float": [r[0], r[1]], "log": True},
    st.tuples(st.integers(1, 500), st.integers(500, 1000)),
)
scalars = st.none() | st.text(max_size=5) | st.integers(2, 99) | st.lists(st.integers(), max_size=2)
choice_forms = st.lists(scalars, min_size=1, max_size=4, unique_by=repr)
forms = int_forms | float_forms | log_forms | choice_forms | scalars.map(lambda v: {"constant": v})
spaces = st.dictionaries(st.sampled_from(["a", "b", "c.d", "c.e", "f"]), forms, max_size=5)


def made(mapping: dict[str, Any]) -> SearchSpace:
    try:
        return SearchSpace.from_mapping(mapping)
    except SearchSpaceError as error:  # one choice is a list, another one the text that says it
        assume("is there twice" not in error.message)
        raise


@given(spaces)
def test_a_space_is_what_it_says_of_itself(mapping: dict[str, Any]) -> None:
    """The long forms that a space gives make the same space again."""
    space = made(mapping)
    assert SearchSpace.from_mapping(space.to_mapping()) == space


@given(spaces, st.integers(0, 9))
def test_what_optuna_draws_lies_in_the_space(mapping: dict[str, Any], seed: int) -> None:
    """Optuna's own random trials get values that the space allows, without a word of warning."""
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = made(mapping)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flat = space.suggest_flat(study.ask())
    assert set(flat) == {one.name for one in space.parameters}
    assert all(one.domain.may_be(flat[one.name]) for one in space.parameters)


VALUES = {"lr": "0.1", "name": "a b", "trial": "3"}


class TestCommands:
    def test_values_take_the_places_of_their_names(self) -> None:
        """Also within an argument; other braces are the command's own."""
        command = ("train", "--lr={lr}", "{name}", "-x{trial}", "{ print $1 }", '{"a": 1}', "{z}")
        expected = ("train", "--lr=0.1", "a b", "-x3", "{ print $1 }", '{"a": 1}', "{z}")
        assert filled(command, VALUES, []) == expected

    def test_what_a_trial_lacks_is_left_out(self) -> None:
        """With the option before it, where the argument is nothing else."""
        command = ("train", "--gamma", "{gamma}", "--c={gamma}", "-v", "{lr}", "x", "{gamma}")
        assert filled(command, VALUES, ["gamma"]) == ("train", "-v", "0.1", "x")

    def test_a_value_is_never_read_as_a_placeholder(self) -> None:
        """Text in braces that a value brings stays as it is."""
        assert filled(("{a}",), {"a": "{b}", "b": "no"}, []) == ("{b}",)

    def test_a_misspelled_name_is_refused(self) -> None:
        """And the right one is named; what resembles no parameter is the command's own."""
        check_command(["awk", "{print}", "{learning_rate}"], ["learning_rate"])
        with pytest.raises(UsageError) as caught:
            check_command(["train", "{learning_rat}"], ["learning_rate"])
        assert caught.value.hint == "did you mean {learning_rate}?"

    def test_variables(self) -> None:
        """Names become what a shell can have; a value with a zero byte is left out."""
        found = variables("s", 3, "/tmp/c", {"model.lr-x": "1", "bad": "a\0b"})
        assert found["GITTRACK_PARAM_MODEL_LR_X"] == "1"
        assert found["GITTRACK_TRIAL"] == "3"
        assert "GITTRACK_PARAM_BAD" not in found


SPEC = """\
objective: loss
trials: 5
space:
  lr: {uniform: [0, 1]}
"""


class TestSpecs:
    def test_a_file_as_short_as_can_be(self, tmp_path: Path) -> None:
        """It is called after its file, and minimises by TPE."""
        from gittrack.optimize.spec import read_spec

        file = tmp_path / "net.yaml"
        file.write_text(SPEC)
        spec = read_spec(file)
        assert (spec.name, spec.jobs, spec.plan.trials) == ("net", 1, 5)
        assert spec.plan.sampler.name == "tpe"
        assert [(one.name, one.direction) for one in spec.plan.objectives] == [("loss", "minimize")]

    @pytest.mark.parametrize(
        ("old", "new", "place", "message"),
        [
            ("uniform: [0, 1]", "uniform: [2, 1]", "4:3", "lr: low 2.0 is above high 1.0"),
            ("uniform: [0, 1]", "uniform: [a, 1]", "4:3", 'lr: low is "a"'),
            ("trials: 5", "trials: many", "2:1", 'trials is "many": it must be an integer'),
            ("trials: 5", "trials: 0", "2:1", "trials is 0: it must be 1 or more"),
            ("trials: 5", "trails: 5", "2:1", 'the key "trails" is not known here'),
            ("trials: 5", "direction: up", "2:1", "direction: a direction is minimize or max"),
            ("trials: 5", "sampler: {n: 1}", "2:1", "sampler: the type is missing"),
            ("trials: 5", "objectives: {b: min}", "2:1", "a sweep has an objective, or objectives"),
            ("space:", "spaces:", "3:1", 'the key "spaces" is not known here'),
        ],
    )
    def test_faults_have_their_place(
        self, tmp_path: Path, old: str, new: str, place: str, message: str
    ) -> None:
        """File, line and column, the key, and what is wrong."""
        from gittrack.optimize.spec import read_spec

        file = tmp_path / "net.yaml"
        file.write_text(SPEC.replace(old, new))
        with pytest.raises(SourceError) as caught:
            read_spec(file)
        assert caught.value.message.startswith(f"{file}:{place}: {message}")


@given(st.dictionaries(st.sampled_from(["a", "b.c", "b.d.e", "b.d.f"]), st.integers()))
def test_nested_values_are_at_their_paths(flat: dict[str, int]) -> None:
    """Each value is where its dotted name leads."""
    config: Any = nested(flat)  # type: ignore[arg-type]
    for name, value in flat.items():
        place = config
        for part in name.split("."):
            place = place[part]
        assert place == value
