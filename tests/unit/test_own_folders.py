"""A program's own folder: its config in files, and the variables that tell it its trial."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gittrack.canonical import read
from gittrack.tracking.own_folders import CONFIG, CONFIG_JSON, value_text, variables, write_config

TEXTS = st.text(st.characters(codec=None))  # lone surrogates, too, as a record may have them


@given(st.dictionaries(TEXTS, TEXTS), TEXTS)
def test_any_values_make_variables_that_a_program_can_have(
    values: dict[str, str], study: str
) -> None:
    """A value that no variable can hold is left out; nothing else is."""
    found = variables(study, 3, "config.yaml", values)
    for name, value in found.items():
        assert not {"=", "\0"} & set(name)
        assert "\0" not in value
        assert name.encode()
        value.encode()
    assert found["GITTRACK_TRIAL"] == "3"
    if study.isascii() and "\0" not in study:
        assert found["GITTRACK_STUDY"] == study


def test_names_and_values_as_a_shell_can_have_them() -> None:
    """Dots become underscores; what is no text is told as JSON."""
    values = {"svm.C": value_text(0.5), "layers": value_text([1, 2]), "on": value_text(True)}
    found = variables("s", 0, "f", values)
    assert found["GITTRACK_PARAM_SVM_C"] == "0.5"
    assert (found["GITTRACK_PARAM_LAYERS"], found["GITTRACK_PARAM_ON"]) == ("[1, 2]", "true")


def test_both_files_say_the_config(tmp_path: Path) -> None:
    """As YAML and as JSON."""
    config = {"lr": 0.1, "net": {"layers": [1, 2], "name": "ü: x"}, "none": None}
    write_config(tmp_path, config)
    assert read((tmp_path / CONFIG).read_bytes()) == config
    assert json.loads((tmp_path / CONFIG_JSON).read_text(encoding="utf-8")) == config
