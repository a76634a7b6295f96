"""Tracking a script, whatever parses its options: record the config, then mark the summary.

Nothing here stops or changes the script. What goes wrong in tracking is said in one line on
standard error, and the script goes on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gittrack import canonical
from gittrack.adapt import to_plain
from gittrack.canonical import Plain
from gittrack.config import ExperimentConfig, to_json_data
from gittrack.errors import GittrackError, ValueRefusedError
from gittrack.ids import ConfigId
from gittrack.integrations import arguments as script_arguments
from gittrack.integrations.files import (
    CONFIG_FILE,
    HASH_KEY,
    SUMMARY_FILE,
    merge_hash,
    write_json,
)
from gittrack.integrations.options import OPTION_NAMES, TrackingOptions, unite
from gittrack.terminal import clean

ConfigValue = Mapping[str, Any] | ExperimentConfig
"""A config that a script names itself."""

ConfigSource = ConfigValue | Callable[[Any], ConfigValue]
"""A config, or what makes one from the script's parsed arguments."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the author of a script decided about its tracking."""

    config: ConfigSource | None = None
    output_dir: str | Path | None = None
    repo: str | Path | None = None
    exclude: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One recorded config and the folder that shows it."""

    config_hash: ConfigId
    output_dir: Path | None
    document: Mapping[str, Any]

    def finish(self, *, failed: bool = False) -> None:
        """Put the hash into the summary that the script has written by now.

        A script that failed gets no summary that it did not write itself: others may take the
        file for a sign of success. A folder that the script removed stays removed.
        """
        folder = self.output_dir
        if folder is None or not folder.is_dir():
            return
        with said_not_raised():
            if not (folder / CONFIG_FILE).exists():
                write_json(folder / CONFIG_FILE, self.document)
            if not failed or (folder / SUMMARY_FILE).exists():
                merge_hash(folder, self.config_hash)


def record_experiment(
    config: ConfigValue,
    *,
    output_dir: str | Path | None = None,
    description: str = "",
    tags: Iterable[str] = (),
    repo: str | Path | None = None,
) -> ConfigId | None:
    """Register a config and write `experiment_config.json` into `output_dir`; returns its id.

    The output folder is made if need be. Outside a repository the file is written all the same.
    None, with one line on standard error, where `config` cannot be a config.
    """
    with said_not_raised():
        folder = None if output_dir is None else Path(output_dir).absolute()
        return _record(config, folder, description, tuple(tags), repo).config_hash
    return None


def merge_summary(output_dir: str | Path, config_hash: str) -> bool:
    """Put `config_hash` into the `summary.json` of a folder, beside what is in it already.

    False, with one line on standard error, where that is no JSON object or cannot be written;
    the file is then as it was.
    """
    with said_not_raised():
        merge_hash(Path(output_dir), ConfigId(config_hash))
        return True
    return False


def begin(
    settings: Settings,
    arguments: Mapping[str, Any],
    options: TrackingOptions,
    *,
    given_to_config: Any,
    secret: Collection[str] = (),
) -> Experiment | None:
    """Record what a script was called with; None where it is not to be, or cannot be."""
    if not options.enabled:
        return None
    with said_not_raised():
        config = _config(settings, arguments, given_to_config, secret)
        return _record(
            config,
            script_arguments.output_folder(arguments, settings.output_dir),
            options.description or settings.description,
            unite(settings.tags, options.tags),
            settings.repo,
        )
    return None


def _config(
    settings: Settings, arguments: Mapping[str, Any], given: Any, secret: Collection[str]
) -> ConfigValue:
    source = settings.config
    if source is not None:
        return source(given) if callable(source) else source
    places = script_arguments.output_arguments(arguments, settings.output_dir)
    excluded = {*settings.exclude, *secret, *OPTION_NAMES, *places}
    selection = script_arguments.select(arguments, excluded)
    if selection.left_out:
        say(
            f"left out of the config: {'; '.join(selection.left_out)}",
            "name them in exclude=, or give config=",
        )
    return selection.config


def _record(
    config: ConfigValue,
    output_dir: Path | None,
    description: str,
    tags: tuple[str, ...],
    repo: str | Path | None,
) -> Experiment:
    if isinstance(config, ExperimentConfig):
        description = description or config.description
        tags = unite(config.tags, tags)
    plain = to_plain(config.config if isinstance(config, ExperimentConfig) else config)
    if not isinstance(plain, dict):
        raise ValueRefusedError(f"a config is a mapping, not {type(config).__name__}")
    commit = None
    with said_not_raised():
        commit = _register(plain, description, tags, repo)
    config_hash = canonical.config_id(canonical.emit(plain))
    document = {
        HASH_KEY: config_hash,
        "description": description,
        "tags": list(tags),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "config": to_json_data(plain),
    }
    if output_dir is not None:
        with said_not_raised():
            output_dir.mkdir(parents=True, exist_ok=True)
            write_json(output_dir / CONFIG_FILE, document)
    return Experiment(config_hash, output_dir, document)


def _register(
    config: dict[str | int, Plain],
    description: str,
    tags: tuple[str, ...],
    repo: str | Path | None,
) -> str | None:
    """Register a config; returns the commit that HEAD names, if it names one."""
    # Neither the store nor git is needed where tracking is switched off.
    from gittrack.git.repository import discover
    from gittrack.registry import ExperimentRegistry

    with ExperimentRegistry(repo, warn=say) as registry:
        # A script runs unattended: the work tree is for what a person adds.
        registry.register(config, description=description or None, tags=tags, worktree=False)
    head = discover(repo).runner.run(
        "rev-parse", "--verify", "--quiet", "--end-of-options", "HEAD", accept=(0, 1)
    )
    return head.stdout.decode("ascii").strip() or None


@contextmanager
def said_not_raised() -> Iterator[None]:
    """Turn what may go wrong in tracking into one line on standard error."""
    try:
        yield
    except GittrackError as error:
        say(str(error), error.hint)
    except OSError as error:
        say(str(error), "check the folder and the free space on its disk")


def say(problem: str, hint: str | None = None) -> None:
    """One line on standard error, without anything in it that could steer a terminal."""
    line = f"gittrack: {problem} ({hint})" if hint else f"gittrack: {problem}"
    safe = clean(" ".join(line.split()))
    # A script may have closed its standard error; there is nobody to tell, then.
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{safe}\n")
