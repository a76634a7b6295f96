"""What a run was made with, as far as its record says: enough to do it again."""

from __future__ import annotations

import fnmatch
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gittrack.canonical import Plain, read
from gittrack.capture import REDACTED
from gittrack.errors import ConflictError, DataError, NotFoundError, UsageError
from gittrack.git.trees import parse_commit
from gittrack.ids import SHORT_LENGTH, ObjectId
from gittrack.runs.model import Run
from gittrack.store.models import is_commit_id
from gittrack.store.runs import RunReader
from gittrack.store.session import Session

# Of the recorded variables, those that change numbers. Devices, places in a job and the build are
# of another moment; what ends so is a folder of another machine.
_NUMERIC = (
    *("*_NUM_THREADS", "OMP_PROC_BIND", "KMP_AFFINITY", "PYTHONHASHSEED", "TZ", "LANG", "LC_ALL"),
    *("CUBLAS_WORKSPACE_CONFIG", "TF_DETERMINISTIC_OPS", "TF_CUDNN_DETERMINISTIC", "XLA_FLAGS"),
    *("JAX_PLATFORMS", "JAX_ENABLE_X64", "NVIDIA_TF32_OVERRIDE", "PYTORCH_CUDA_ALLOC_CONF"),
    *("PYTORCH_ALLOC_CONF", "TORCH_*", "NCCL_*"),
)
_FOLDERS = ("_HOME", "_DIR", "_PATH", "_CACHE")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EDITABLE = "editable at "


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a run was made.

    `tree` is the exact work tree, `head` the commit that HEAD was. `folder` is where the command
    ran, from the top of the repository. `variables` are those that change numbers; `None` where
    none were recorded. `editable` are the folders of packages that were installed for development.
    `left_out` are the paths that `tree` does not have as they were, each with the reason; ignored
    ones are not among them.
    """

    head: ObjectId
    tree: ObjectId
    command: tuple[str, ...]
    folder: str
    config: Mapping[str | int, Plain] | None
    params: Mapping[str | int, Plain]
    variables: Mapping[str, str] | None
    editable: tuple[str, ...]
    artifacts: tuple[str, ...]
    metrics: tuple[str, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> int:
        """How many secrets were taken out of the command."""
        return sum(argument.count(REDACTED) for argument in self.command)

    def with_secrets(self, secrets: Sequence[str]) -> tuple[str, ...]:
        """The command with secrets put back where they were taken out, in their order.

        Raises:
            UsageError: there are more or fewer of them.
        """
        if len(secrets) != self.secrets:
            raise _unequal_secrets(self, len(secrets))
        left = iter(secrets)
        whole = []
        for argument in self.command:
            first, *rest = argument.split(REDACTED)
            whole.append(first + "".join(f"{next(left)}{part}" for part in rest))
        return tuple(whole)

    def led_to(self, folder: str, other: str) -> Recipe:
        """The recipe with another folder where command, files and patterns name that one."""

        def led(texts: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(text.replace(folder, other) for text in texts)

        return replace(
            self,
            command=led(self.command),
            artifacts=led(self.artifacts),
            metrics=led(self.metrics),
        )

    def surroundings(self, present: Mapping[str, str]) -> dict[str, str]:
        """The present variables, with those that change numbers as they were."""
        if self.variables is None:
            return dict(present)
        kept = {name: value for name, value in present.items() if not is_numeric(name)}
        return {**kept, **self.variables}


def is_numeric(name: str) -> bool:
    """Whether an environment variable is one of those that change numbers."""
    if name.endswith(_FOLDERS):
        return False
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in _NUMERIC)


def left_out_of(environment: Mapping[str, Any]) -> dict[str, str]:
    """The paths that the recorded code lacks, each with the reason, but for ignored ones."""
    named = environment.get("code_left_out")
    if not isinstance(named, dict):
        return {}
    return {str(path): str(why) for path, why in named.items() if why != "ignored"}


def recipe_of(session: Session, run: Run) -> Recipe:
    """What the record of a run that has ended says about how it was made.

    Raises:
        NotFoundError: its code or its command was not recorded, or the code is not here.
        UsageError: it cannot be started again from outside (a notebook, `python -c`).
    """
    head, tree = _code(session, run)
    config, environment = stored_config(session, run), _stored(session, run, "environment.yaml")
    environment = environment or {}
    recorded = environment.get("variables")
    return Recipe(
        head=head,
        tree=tree,
        command=_command(run, environment),
        folder=_folder(session, run, environment),
        config=config,
        params=beside_config(run, config),
        variables=None if not isinstance(recorded, dict) else _numeric(recorded),
        editable=_editable(environment),
        left_out=left_out_of(environment),
        artifacts=_split(run, "artifact_globs"),
        metrics=_split(run, "metric_files"),
    )


def _code(session: Session, run: Run) -> tuple[ObjectId, ObjectId]:
    code = run.code_version
    if code is None or code.commit is None or not is_commit_id(code.commit):
        raise NotFoundError(
            f"the code of the run {_short(run)} was not recorded",
            hint="a tracker with capture=False records none, and trials have none of their own",
        )
    found = session.reader.find(code.commit)
    if found is None:
        raise NotFoundError(
            f"the code of the run {_short(run)}, {code.commit[:SHORT_LENGTH]}, is not here",
            hint="fetch it from where it ran: git fetch REMOTE refs/exptrack/code",
        )
    tree = parse_commit(found).tree
    known = code.head is not None and is_commit_id(code.head) and session.reader.find(code.head)
    return (known.id if known else found.id), tree


def stored_config(session: Session, run: Run) -> dict[str | int, Plain] | None:
    """The config of a run that has ended, as `config.yaml` has it; `None` where it has none.

    Raises:
        ConflictError: another process seals it at this moment.
    """
    return _stored(session, run, "config.yaml")


def beside_config(run: Run, config: Mapping[str | int, Plain] | None) -> Mapping[str | int, Plain]:
    """The parameters that a run logged beside its config."""
    known = config or {}
    return {
        key: value
        for key, value in run.params.items()
        if key not in known or repr(known[key]) != repr(value)
    }


def _stored(session: Session, run: Run, name: str) -> dict[Any, Any] | None:
    place = RunReader(session).find(run.run_id)
    if place is None:
        raise ConflictError(f"the run {_short(run)} is not sealed yet", hint="run it again")
    file = session.reader.find(f"{place.ref}:{place.place}/{name}")
    data = None if file is None else read(file.data)
    return data if isinstance(data, dict) else None


def _command(run: Run, environment: Mapping[str, Any]) -> tuple[str, ...]:
    command = _split(run, "command") or _script(run, environment)
    if any("\0" in argument for argument in command):
        raise DataError(f"the command of the run {_short(run)} holds a zero byte")
    return command


def _script(run: Run, environment: Mapping[str, Any]) -> tuple[str, ...]:
    """A Python script that started its run itself."""
    argv = environment.get("command")
    if not isinstance(argv, list) or not argv or not all(isinstance(one, str) for one in argv):
        raise NotFoundError(
            f"the command of the run {_short(run)} was not recorded",
            hint="record runs with: git exp run -- CMD",
        )
    if argv[0] in ("", "-", "-c", "-m") or "ipykernel" in argv[0]:
        raise UsageError(
            f"the run {_short(run)} was made in a notebook or by python -c",
            hint="what can be reproduced is a program: git exp run -- python train.py",
        )
    return (_python(environment), *argv)


def _python(environment: Mapping[str, Any]) -> str:
    """The interpreter that was used, if it is here; else ours."""
    facts = environment.get("python")
    recorded = facts.get("executable") if isinstance(facts, dict) else None
    if isinstance(recorded, str) and Path(recorded).is_file():
        return recorded
    return sys.executable


def _folder(session: Session, run: Run, environment: Mapping[str, Any]) -> str:
    """From the top; a whole path is one of another place, unless it lies in this work tree."""
    top = session.repository.work_tree
    for text in (run.tags.get("folder"), environment.get("folder")):
        if not isinstance(text, str) or not text or "\0" in text:
            continue
        path = Path(text)
        if path.is_absolute() and top is not None and path.is_relative_to(top):
            path = path.relative_to(top)
        if not path.is_absolute() and ".." not in path.parts:
            return path.as_posix()
    return "."


def _numeric(recorded: Mapping[Any, Any]) -> dict[str, str]:
    return {
        str(name): str(value)
        for name, value in recorded.items()
        if _NAME.fullmatch(str(name)) and is_numeric(str(name))
        if REDACTED not in str(value) and "\0" not in str(value)
    }


def _editable(environment: Mapping[str, Any]) -> tuple[str, ...]:
    origins = environment.get("package_origins")
    texts = [str(one) for one in origins.values()] if isinstance(origins, dict) else []
    return tuple(one.removeprefix(_EDITABLE) for one in texts if one.startswith(_EDITABLE))


def _split(run: Run, tag: str) -> tuple[str, ...]:
    """The arguments that a tag holds, as a shell would split them; none where it is not there."""
    try:
        return tuple(shlex.split(run.tags.get(tag, "")))
    except ValueError as error:
        raise DataError(f"the tag {tag} of the run {_short(run)} cannot be read: {error}") from None


def _short(run: Run) -> str:
    return run.run_id[:SHORT_LENGTH]


def _unequal_secrets(recipe: Recipe, given: int) -> UsageError:
    command = shlex.join(recipe.command)
    if recipe.secrets == 0:
        return UsageError(f"no secret was taken out of the command: {command}")
    count = "1 secret was" if recipe.secrets == 1 else f"{recipe.secrets} secrets were"
    return UsageError(
        f"{count} taken out of the recorded command, {given} given: {command}",
        hint='give each, in this order: --secret "$TOKEN"',
    )
