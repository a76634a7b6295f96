"""`git exp sweep` and `git exp suggest`: commands run in search of their best config."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from answers import Exp
from witness import commit_all

pytest.importorskip("optuna")

SPEC = """\
objective: loss
seed: 1
trials: 4
metrics: "{dir}/m.json"
space:
  lr: {uniform: [0, 1]}
  model:
    kind: [a, "b c"]
    depth: {int: [1, 3], when: {model.kind: a}}
"""

# Writes its second argument as the loss.
WRITE = 'echo "{\\"loss\\": $2}" > "$1/m.json"'
COMMAND = ("--", "sh", "-c", WRITE, "sh", "{dir}", "{lr}")
FAIL = ("--", "sh", "-c", 'echo "bad \033[31m thing" >&2; exit 3')


@pytest.fixture
def spec(repository: Path) -> Path:
    """A sweep's file in the repository."""
    file = repository / "net.yaml"
    file.write_text(SPEC)
    return file


def runs(exp: Exp, study: str, *options: str) -> list[dict[str, Any]]:
    """The study's trials, by number."""
    found = exp("runs", "list", study, "--where", "trial IS NOT NULL", "--json", *options).json
    return sorted(found, key=lambda run: run["trial_number"])


class TestSweeps:
    def test_each_trial_is_a_run(self, exp: Exp, spec: Path) -> None:
        """With its config, its objective and its parent; the best one is told at the end."""
        answer = exp("sweep", "net.yaml", *COMMAND)
        found = runs(exp, "net")
        assert [run["trial_number"] for run in found] == [0, 1, 2, 3]
        assert all(run["metrics"]["loss"] == run["params"]["lr"] for run in found)
        best = min(found, key=lambda run: run["params"]["lr"])
        assert answer.lines[0] == "study net  4 trials"
        number, start = best["trial_number"], best["run_id"][:8]
        assert answer.lines[1].startswith(f"best  #{number}  run {start}  loss ")
        assert answer.err.splitlines()[0].startswith("#0  loss 0.417022  best so far  lr=0.417022")
        assert exp("trials", "best", "net", "--json").json["run_id"] == best["run_id"]
        [parent] = {run["parent_run_id"] for run in found}
        assert exp("runs", "show", parent, "--json").json["tags"]["best_run"] == best["run_id"]

    def test_values_reach_the_command(self, exp: Exp, spec: Path, repository: Path) -> None:
        """As arguments, as files over the base config, and as variables; lists as JSON."""
        (repository / "base.yaml").write_text("seed: 7\nmodel:\n  act: relu\n")
        spec.write_text(SPEC + "config: base.yaml\n")
        tell = 'cat "$1" "$2"; echo; echo "$GITTRACK_PARAM_MODEL_KIND|$GITTRACK_TRIAL|$*"; ' + (
            'echo "{\\"loss\\": 1}" > "$3/m.json"'
        )
        shell = ("sh", "-c", tell, "sh", "{config}", "{config_json}", "{dir}")
        exp("sweep", "net.yaml", "--", *shell, "--depth", "{model.depth}", "{trial}")
        for run in runs(exp, "net"):
            text = exp("artifacts", "get", run["run_id"], "output/stdout.txt", "-o", "-").out
            kind, number = run["params"]["model"]["kind"], run["trial_number"]
            assert run["params"]["seed"] == 7
            assert run["params"]["model"]["act"] == "relu"
            assert "act: relu\n" in text
            assert '"act": "relu"' in text
            assert f"{kind}|{number}|" in text
            assert ("--depth" in text) == (kind == "a")
            assert text.endswith(f" {number}\n")

    @pytest.mark.slow
    def test_a_study_is_resumed(self, exp: Exp, spec: Path) -> None:
        """Up to its budget, on request only."""
        exp("sweep", "net.yaml", *COMMAND)
        refused = exp("sweep", "net.yaml", *COMMAND, status=2)
        assert "the study net has 4 trials already" in refused.err
        exp("sweep", "net.yaml", "--resume", "--trials", "6", "-j", "2", *COMMAND)
        assert [run["trial_number"] for run in runs(exp, "net")] == list(range(6))
        again = exp("sweep", "net.yaml", "--resume", "--trials", "6", *COMMAND)
        assert "nothing was left to do" in again.err

    def test_a_failed_command_fails_its_trial(self, exp: Exp, spec: Path) -> None:
        """The others go on; why it failed is in its run, and harmless in a terminal."""
        fail = 'case "$3" in a) exit 4;; esac; ' + WRITE
        exp("sweep", "net.yaml", "--", "sh", "-c", fail, "sh", "{dir}", "{lr}", "{model.kind}")
        found = runs(exp, "net")
        assert {run["status"] for run in found} == {"FAILED", "FINISHED"}
        for run in found:
            failed = run["params"]["model"]["kind"] == "a"
            assert run["status"] == ("FAILED" if failed else "FINISHED")
            assert run["notes"] == (["exit status 4"] if failed else [])

    def test_failures_in_a_row_stop_it(self, exp: Exp, spec: Path) -> None:
        """After the number in the file, with the last reason and the next step."""
        spec.write_text(SPEC.replace("trials: 4", "trials: 9\nfailures: 2"))
        answer = exp("sweep", "net.yaml", *FAIL, status=3)
        said = "error: net: stopped after 2 failed trials in a row; the last one: exit status 3"
        assert f"{said}: bad \\x1b[31m thing" in answer.err
        assert "\033" not in answer.err
        assert len(runs(exp, "net")) == 2

    def test_without_the_metric_a_trial_failed(self, exp: Exp, spec: Path) -> None:
        """Be it that nothing was measured, or that the file is an older trial's."""
        spec.write_text(SPEC.replace("{dir}/m.json", "m.json"))
        answer = exp("sweep", "net.yaml", "--trials", "1", "--", "true", status=1)
        assert "no trial has a result" in answer.err
        Path("m.json").write_text('{"loss": 1}')
        exp("sweep", "net.yaml", "--name", "old", "--trials", "1", "--", "true", status=1)
        assert runs(exp, "net")[0]["notes"] == ["it logged no metric loss; it logged: none"]
        [old] = runs(exp, "old")
        assert old["notes"] == ["it did not write m.json, which is an older one's"]

    def test_several_objectives(self, exp: Exp, spec: Path) -> None:
        """The trials that no other beats in all are told."""
        spec.write_text(
            SPEC.replace("objective: loss", "objectives: {loss: minimize, gain: maximize}")
        )
        write = 'echo "{\\"loss\\": $2, \\"gain\\": $2}" > "$1/m.json"'
        answer = exp("sweep", "net.yaml", "--json", "--", "sh", "-c", write, "sh", "{dir}", "{lr}")
        assert len(answer.json["front"]) == 4
        assert answer.json["best_trial"] is None

    def test_a_trial_is_reproduced(self, exp: Exp, spec: Path, repository: Path) -> None:
        """With its config in files, its folder and its variables, though those are long gone."""
        commit_all(repository)
        write = (
            'grep -q "lr: $GITTRACK_PARAM_LR" "$1" && grep -q "$3" "$2" && test "$1" = '
            '"$GITTRACK_CONFIG" && echo "{\\"loss\\": $3}" > "$4/m.json"'
        )
        files = ("{config}", "{config_json}", "{lr}", "{dir}")
        exp("sweep", "net.yaml", "--trials", "1", "--", "sh", "-c", write, "sh", *files)
        [trial] = runs(exp, "net")
        answer = exp("reproduce", trial["run_id"])
        assert answer.lines[-1].startswith("reproduced ")
        assert "own_folder" not in exp("trials", "list", "net").out
        again = exp("runs", "list", "net", "--where", "tags.reproduces IS NOT NULL", "--json").json
        assert again[0]["params"] == trial["params"]
        assert not Path(again[0]["tags"]["own_folder"]).exists()

    def test_a_dry_run_records_nothing(self, exp: Exp, spec: Path) -> None:
        """It shows what the sweep then tries first, and looks at the command, too."""
        shown = exp("sweep", "net.yaml", "--dry-run", "--json").json
        assert len(shown) == 4
        assert "lr" in exp("sweep", "net.yaml", "--dry-run").lines[0]
        refused = exp("sweep", "net.yaml", "--dry-run", "--", "x", "{model.dept}", status=2)
        assert "did you mean {model.depth}?" in refused.err
        assert exp("runs", "list").out == ""
        exp("sweep", "net.yaml", *COMMAND)
        assert runs(exp, "net")[0]["params"]["lr"] == shown[0]["lr"]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (("uniform: [0, 1]", "uniform: [3, 1]"), "net.yaml:6:3: lr: low 3.0 is above high 1.0"),
            (("trials: 4", "trials: 4\nsampler: best"), "there is no sampler 'best'"),
            (("trials: 4", ""), "how many trials?"),
        ],
    )
    def test_a_spec_that_makes_no_sense(
        self, exp: Exp, spec: Path, change: tuple[str, str], message: str
    ) -> None:
        """It is refused with its place, before anything is recorded."""
        spec.write_text(SPEC.replace(*change))
        assert message in exp("sweep", "net.yaml", *COMMAND, status=None).err
        assert exp("runs", "list").out == ""


LOOP = """\
import sys, time, gittrack
with gittrack.start_run("x") as run:
    loss = float(sys.argv[1])
    for step in range(3 if loss < 1 else 900):
        gittrack.log_metric("loss", loss + 1 / (step + 1), step)
        time.sleep(0.1)
"""


@contextmanager
def sweeping(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A sweep as a process in a session of its own, killed in the end."""
    code = "import sys; from gittrack.cli.main import main; main(sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        [sys.executable, "-c", code, "sweep", *arguments],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that is sure to come."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come within 30 seconds")


class TestSignals:
    @pytest.mark.slow
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_ends_the_trials_in_good_order(
        self, exp: Exp, spec: Path, repository: Path, number: int
    ) -> None:
        """They are killed and do not count, the exit status tells, and the study goes on."""
        started = repository / "started"
        wait = 'echo x >> "$3"; sleep 60; ' + WRITE
        command = ("--", "sh", "-c", wait, "sh", "{dir}", "{lr}", str(started))
        with sweeping(repository, "net.yaml", "-j", "2", *command) as process:
            until(lambda: started.exists() and len(started.read_text()) >= 4)
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
        assert process.returncode == 128 + number
        assert b"interrupted: go on with --resume" in errors
        assert [run["status"] for run in runs(exp, "net")] == ["KILLED", "KILLED"]
        exp("sweep", "net.yaml", "--resume", *COMMAND)
        finished = [run for run in runs(exp, "net") if run["status"] == "FINISHED"]
        assert len(finished) == 4

    def test_a_pruner_ends_trials_that_go_badly(
        self, exp: Exp, spec: Path, repository: Path
    ) -> None:
        """By the metric that they log while they run; they are finished, and have no result."""
        (repository / "loop.py").write_text(LOOP)
        spec.write_text(
            "objective: loss\nsampler: grid\nspace: {lr: [0.1, 5]}\n"
            "pruner: {type: threshold, upper: 4, n_warmup_steps: 1}\n"
        )
        exp("sweep", "net.yaml", "-j", "2", "--", sys.executable, "loop.py", "{lr}")
        assert len(runs(exp, "net")) == 2
        for run in runs(exp, "net"):
            pruned = run["params"]["lr"] == 5
            assert run["status"] == "FINISHED"
            assert (run["tags"].get("optuna.state") == "PRUNED") == pruned
            assert ("loss" in run["performance"]) != pruned


class TestSuggestions:
    @pytest.fixture
    def swept(self, exp: Exp, spec: Path) -> Exp:
        exp("sweep", "net.yaml", *COMMAND)
        return exp

    def test_the_next_configs(self, swept: Exp) -> None:
        """A study needs neither metric nor space; JSON, YAML and the table say the same."""
        found = swept("suggest", "net", "-n", "3", "--json")
        assert "learned from 4 runs, to minimize loss" in found.err
        assert len(found.json) == 3
        assert all(0 <= config["lr"] <= 1 for config in found.json)
        documents = swept("suggest", "net", "-n", "3", "--yaml").out.split("---\n")
        assert [f"lr: {config['lr']}\n" in documents[n] for n, config in enumerate(found.json)] == [
            True
        ] * 3
        table = swept("suggest", "net", "-n", "3").lines
        assert table[0].split() == ["lr", "model.kind", "model.depth"]
        assert len(table) == 4

    def test_what_it_stands_on_is_said(self, exp: Exp, repository: Path) -> None:
        """An inferred space, line by line; that there are few runs."""
        for rate in (0.001, 0.01, 1.0):
            command = ("sh", "-c", f"echo 'loss: {rate}' > m.yaml")
            options = ("-e", "hand", "--param", f"lr={rate}", "--metrics", "m.yaml")
            exp("run", *options, "--", *command)
        answer = exp("suggest", "hand", "--metric", "loss", "-n", "2")
        assert "what varies between the runs" in answer.err
        assert "lr: float from 0.001 to 1.0, logarithmic" in answer.err
        assert "fewer than 10 runs" in answer.err
        (repository / "space.yaml").write_text("lr: {uniform: [0, 0.1]}\n")
        answer = exp("suggest", "hand", "--metric", "loss", "--space", "space.yaml", "--json")
        assert "1 left out" in answer.err
        assert all(config["lr"] <= 0.1 for config in answer.json)

    def test_what_cannot_be_answered(self, swept: Exp) -> None:
        """An experiment that is not there, no metric, two formats."""
        assert swept("suggest", "nosuch", "--metric", "loss", status=None).status != 0
        refused = swept("suggest", "net", "--metric", "gain", status=1)
        assert "no finished run of 'net' has the metric 'gain'" in refused.err
        assert "exclude one another" in swept("suggest", "net", "--json", "--yaml", status=2).err
