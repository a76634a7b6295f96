"""Files that a command writes besides what it shows: `--output FORMAT=FILE`, several in one run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gittrack.cli.console import output_error
from gittrack.errors import GittrackError, UsageError
from gittrack.files import replace_file


@dataclass(frozen=True, slots=True)
class Output:
    """A format, and the file that takes it, links followed; `None` is standard output."""

    format: str
    file: Path | None


def write_outputs(outputs: Sequence[Output], render: Callable[[str], str]) -> None:
    """Write what `render` makes of each format to the file that goes with it.

    Nothing is written before all formats are rendered. A file has its old bytes or all of the new
    ones, keeps its mode, and a symbolic link stays one.

    Raises:
        GittrackError: a file cannot be written.
    """
    texts = {name: render(name) for name in dict.fromkeys(output.format for output in outputs)}
    for output in outputs:
        if output.file is None:
            _write_standard(texts[output.format])
        else:
            write_file(output.file, texts[output.format].encode("utf-8", "backslashreplace"))


def parse_outputs(targets: Sequence[str], known: Sequence[str]) -> list[Output]:
    """What `FORMAT=FILE` texts mean; `-` is standard output. Looks at folders, writes nothing.

    Raises:
        UsageError: no `=`, an unknown format, no file, a folder that does not exist or in place of
            a file, or two formats for one file.
    """
    outputs = [_parsed(target, known) for target in targets]
    seen: dict[Path | None, Output] = {}
    for output in outputs:
        other = seen.setdefault(output.file, output)
        if other is not output:
            raise UsageError(
                f"--output {other.format} and --output {output.format} both go to "
                f"{'standard output' if output.file is None else output.file}",
                hint="give each its own file",
            )
    return outputs


def _parsed(target: str, known: Sequence[str]) -> Output:
    name, equals, file = target.partition("=")
    if not equals or not file:
        raise UsageError(
            f"--output needs FORMAT=FILE, not {target!r}", hint=f"as in: --output {known[0]}=FILE"
        )
    if name not in known:
        raise UsageError(
            f"--output {target}: there is no format {name!r}",
            hint=f"formats are {', '.join(known)}",
        )
    return Output(name, None if file == "-" else check_file(Path(file)))


def check_file(file: Path) -> Path:
    """The file that is meant, links followed, if it can be written.

    Raises:
        UsageError: it is a folder, its folder does not exist, or there can be no such name.
    """
    try:
        full = file.resolve()
        is_folder, is_circle = full.is_dir(), full.is_symlink()
    except (OSError, RuntimeError, ValueError) as error:  # too long; links in a circle; a zero byte
        raise UsageError(f"--output cannot write to {str(file)!r}: no such file name") from error
    if is_circle:  # Python 3.13 does not say so
        raise UsageError(f"--output cannot write to {str(file)!r}: no such file name")
    if is_folder:
        raise UsageError(f"--output cannot write to {file}: it is a folder", hint="name a file")
    if not full.parent.is_dir():
        raise UsageError(
            f"--output cannot write to {file}: no such folder", hint=f"mkdir -p {file.parent}"
        )
    return full


def _write_standard(text: str) -> None:
    try:
        sys.stdout.write(text)
    except OSError as error:
        raise output_error(error) from error


def write_file(file: Path, data: bytes) -> None:
    """Write a file whole or not at all; a pipe or a device gets the bytes.

    Raises:
        GittrackError: it cannot be written.
    """
    try:
        if file.exists() and not file.is_file():  # a pipe or a device must stay what it is
            file.write_bytes(data)
        else:
            replace_file(file, data)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GittrackError(f"cannot write {file}: {reason}") from error
