"""Runs a composite action as the hosts' runner does: expressions, environment, outputs, summary."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")


def evaluate(expression: str, contexts: Mapping[str, Any]) -> Any:
    """The few expressions that the action has: `||`, `&&`, `==`, `!=`, names and 'texts'."""
    text = expression.strip()
    for operator, decide in (("||", bool), ("&&", lambda value: not value)):
        first, found, rest = text.partition(f" {operator} ")
        if found:
            value = evaluate(first, contexts)
            return value if decide(value) else evaluate(rest, contexts)
    for operator in ("==", "!="):
        first, found, rest = text.partition(f" {operator} ")
        if found:
            same = evaluate(first, contexts) == evaluate(rest, contexts)
            return same if operator == "==" else not same
    if text.startswith("'"):
        return text.strip("'")
    value: Any = contexts
    for name in text.split("."):
        value = value.get(name, "") if isinstance(value, Mapping) else ""
    return value


def filled(text: Any, contexts: Mapping[str, Any]) -> str:
    """A text with the values of its expressions in it."""
    return EXPRESSION.sub(lambda match: str(evaluate(match[1], contexts) or ""), str(text))


@dataclass
class Job:
    """What a job left: the log and outputs of each step, which actions it used, its summary."""

    status: int = 0
    logs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: str = ""

    @property
    def log(self) -> str:
        return "".join(self.logs.values())


@dataclass(frozen=True)
class Runner:
    """Where a job runs, what started it, and with which variables.

    `given` are outputs of steps that are not run: the installation takes long and asks a package
    index, so that most tests stand in for it with the program that is there already.
    """

    workspace: Path
    temporary: Path
    github: Mapping[str, Any]
    variables: Mapping[str, str]
    given: Mapping[str, dict[str, str]]

    def run(self, inputs: Mapping[str, str]) -> Job:
        """Run the action."""
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        unknown = set(inputs) - set(action["inputs"])
        assert not unknown, f"no such inputs: {unknown}"
        contexts: dict[str, Any] = {"github": self.github, "steps": {}}
        contexts["inputs"] = {
            name: inputs.get(name, filled(described["default"], contexts))
            for name, described in action["inputs"].items()
        }
        job = Job()
        for step in action["runs"]["steps"]:
            if evaluate(step.get("if", "'yes'"), contexts):
                job.outputs[step.get("id", step["name"])] = self._step(step, contexts, job)
                contexts["steps"] = {n: {"outputs": o} for n, o in job.outputs.items()}
            if job.status:
                break
        return job

    def _step(
        self, step: Mapping[str, Any], contexts: Mapping[str, Any], job: Job
    ) -> dict[str, str]:
        if step.get("id") in self.given:
            return self.given[step["id"]]
        if "uses" in step:
            job.used[step["uses"]] = {n: filled(v, contexts) for n, v in step["with"].items()}
            return {}
        assert step["shell"] == "bash"
        files = {name: self.temporary / name for name in ("output", "summary", "script")}
        files["script"].write_text(step["run"])
        for name in ("output", "summary"):
            files[name].write_text("")
        done = subprocess.run(
            ("bash", "--noprofile", "--norc", "-eo", "pipefail", files["script"]),
            cwd=self.workspace / filled(step.get("working-directory", "."), contexts),
            env={
                **os.environ,
                **self.variables,
                **{name: filled(value, contexts) for name, value in step.get("env", {}).items()},
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_OUTPUT": str(files["output"]),
                "GITHUB_STEP_SUMMARY": str(files["summary"]),
                "RUNNER_TEMP": str(self.temporary),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        job.status = done.returncode
        job.logs[step["name"]] = done.stdout.decode()
        job.summary += files["summary"].read_text()
        return dict(line.split("=", 1) for line in files["output"].read_text().splitlines())
