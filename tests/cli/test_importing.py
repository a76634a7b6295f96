"""`git exp import-from` as a user runs it."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest
from answers import Exp
from witness import refs

GOLDEN = Path(__file__).parents[1] / "golden" / "importers"


@pytest.fixture
def mlruns(repository: Path) -> Path:
    return Path(shutil.copytree(GOLDEN / "mlflow" / "mlruns", repository / "mlruns"))


def test_an_import_tells_what_came_and_what_to_do_next(exp: Exp, mlruns: Path) -> None:
    """The counts come first, and each next step that is printed works."""
    answer = exp("import-from", "./mlruns")
    assert answer.lines == [
        "runs from mlflow: 4 new",
        "1 model version registered",
        *(f"see them: git exp runs list {name}" for name in order(answer.lines)),
    ]
    assert answer.err == "note: not taken: deleted runs (1)\n"
    for line in answer.lines[2:]:
        listed = exp(*shlex.split(line.removeprefix("see them: git exp ")), "--json")
        assert listed.json
    assert len(exp("runs", "list", "churn", "--json").json) == 3


def order(lines: list[str]) -> list[str]:
    """The experiments in the order in which they came: their folders' names decide."""
    names = ["churn", "'Größe / size'"]
    return names if lines[2].endswith("churn") else names[::-1]


def test_a_second_import_says_that_all_is_here(exp: Exp, mlruns: Path) -> None:
    """Nothing new is no fault."""
    exp("import-from", "mlflow", mlruns)
    answer = exp("import-from", "mlflow", mlruns)
    assert answer.lines[0] == "runs from mlflow: 4 here already"
    with next(mlruns.glob("*/*/metrics/loss")).open("a") as file:
        file.write("1700000009000 0 9\n")
    answer = exp("import-from", "mlflow", mlruns)
    assert answer.lines[0] == "runs from mlflow: 1 updated, 3 here already"


def test_a_dry_run_says_what_would_come(exp: Exp, mlruns: Path, repository: Path) -> None:
    """Counts in the conditional, no next step, and no ref."""
    answer = exp("import-from", mlruns, "--dry-run")
    assert answer.lines == [
        "runs from mlflow: 4 would be new",
        "1 model version would be registered",
    ]
    assert refs(repository, "refs/exptrack") == {}


def test_json_has_all_that_the_import_did(exp: Exp, mlruns: Path) -> None:
    """One document, with names of what was refused."""
    (mlruns / "0" / "nonsense").mkdir()
    answer = exp("import-from", mlruns, "--json", status=1).json
    assert (answer["source"], answer["new"], answer["refused_count"]) == ("mlflow", 4, 1)
    assert answer["refused"][0]["place"].endswith("nonsense")
    assert answer["left"] == {"deleted runs": 1}


def test_what_is_refused_is_named_on_one_clean_line(exp: Exp, mlruns: Path) -> None:
    """A file's name cannot act on the terminal; the rest is taken, and the status is 1."""
    (mlruns / "0" / "bad\x1b[31m\nname").mkdir()
    answer = exp("import-from", mlruns, status=1)
    (line,) = (line for line in answer.err.splitlines() if line.startswith("refused"))
    assert "bad\\x1b[31m\\nname: it has no meta.yaml" in line
    assert answer.lines[0] == "runs from mlflow: 4 new"


def test_many_refusals_are_counted(exp: Exp, mlruns: Path) -> None:
    """Twenty are shown, and how many more there are."""
    for number in range(25):
        (mlruns / "0" / f"nonsense{number}").mkdir()
    answer = exp("import-from", mlruns, status=1)
    assert "refused: 5 more (--json names them)" in answer.err


def test_names_of_experiments_cannot_act_on_the_terminal(exp: Exp, mlruns: Path) -> None:
    """A name with a control character is refused; the other experiments are taken."""
    (meta,) = (file for file in mlruns.glob("*/meta.yaml") if "churn" in file.read_text())
    meta.write_text(meta.read_text().replace("name: churn", 'name: "ch\\eurn"'))
    answer = exp("import-from", mlruns, status=1)
    assert "\x1b" not in answer.out + answer.err
    assert answer.lines[0] == "runs from mlflow: 1 new"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("import-from", "train.py"), 2, "train.py does not tell what it is"),
        (("import-from", "mlfow", "train.py"), 2, "there is no source 'mlfow'"),
        (("import-from", "mlflow", "nowhere"), 3, "nowhere: there is no such file or folder"),
        (("import-from", "mlflow", "http://host:5000"), 2, "only files can be imported from"),
        (("import-from", "sacred", "."), 3, "no folder in it has a run.json"),
    ],
)
def test_what_cannot_be_imported_is_refused(
    exp: Exp, arguments: tuple[str, ...], status: int, message: str
) -> None:
    """One line names the thing, and a hint the next step."""
    answer = exp(*arguments, status=status)
    assert message in answer.err
    assert answer.out == ""


def test_other_sources_are_recorded_where_the_user_wants(exp: Exp) -> None:
    """TensorBoard's runs, which know no experiment, go to the one that is named."""
    exp("import-from", GOLDEN / "tensorboard", "--experiment", "curves")
    names = {run["run_name"] for run in exp("runs", "list", "curves", "--json").json}
    assert names == {"tensorboard", "train"}
