"""`ExperimentRegistry`: the configs of a repository, registered, found, compared, tagged."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gittrack.adapt import to_plain
from gittrack.canonical import Plain, config_id, emit
from gittrack.config import ExperimentConfig
from gittrack.diff import Change, Row, compare, compare_many
from gittrack.errors import NotFoundError, UsageError, ValueRefusedError
from gittrack.git.repository import discover
from gittrack.ids import ConfigId, is_config_id, is_prefix, short
from gittrack.index import planes, select
from gittrack.index.database import Index
from gittrack.index.refresh import Progress
from gittrack.index.select import Filter
from gittrack.model import ConfigRecord, Event, Problem, TagRecord
from gittrack.naming import Named, find, not_registered
from gittrack.portable import export_bytes, find_exports, read_export, write_whole
from gittrack.sources import Document, find_config_files, parse_documents, read_documents
from gittrack.store import deletion, events, reading, tagging
from gittrack.store.catalogue import Outcome, Registration, WorkTreeUse, register
from gittrack.store.session import Session

Config = ExperimentConfig | Mapping[Any, Any]
"""What can be registered: an `ExperimentConfig`, or any nested mapping of plain values."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Configs side by side: `changes` where there are two, `rows` for any number.

    `rows` has a row for each place at which they differ (or for every place), with a cell for
    each config in the order asked.
    """

    records: tuple[ConfigRecord, ...]
    changes: tuple[Change, ...]
    rows: tuple[Row, ...]

    @property
    def differs(self) -> bool:
        """Whether any two of the configs differ."""
        return len({record.id for record in self.records}) > 1


@dataclass(frozen=True, slots=True)
class Added:
    """A config that was asked to be registered: where it came from, whether it was new."""

    id: ConfigId
    source: str
    new: bool


class ExperimentRegistry:
    """The configs registered in one git repository.

    Everywhere a config is named: by a whole id, a prefix of four or more digits, a tag (the config
    that was given it last), a file's path, or `@{N}` for the N-th newest.

    Args:
        path: the repository, or any folder in it; without one, the current folder decides.
        warn: takes one-line notices (no name is configured, the index cannot be kept); without
            it they become Python warnings.
        progress: told how far the building of an index is: files done, files in all.

    Raises:
        RepositoryError: there is no repository that can be used.
    """

    def __init__(
        self,
        path: Path | str | None = None,
        *,
        warn: Callable[[str], None] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._session = Session(discover(path))
        self._warn = warn or _warn
        self._index = Index(self._session, warn=self._warn, progress=progress)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the git processes behind this registry; it may be used again."""
        self._index.close()
        self._session.close()

    # Registering

    def register(
        self,
        config: Config,
        *,
        description: str | None = None,
        tags: Iterable[str] = (),
        parents: Iterable[str] = (),
        source: str | None = None,
        worktree: bool = True,
    ) -> ConfigId:
        """Register a config and return its id; a known one with nothing new to say writes nothing.

        An `ExperimentConfig` brings its own description and tags. With `worktree`, its files are
        also written below `.exptrack/` in the work tree, to be committed and reviewed. HEAD, index
        and all other files stay as they are.

        Raises:
            ValueRefusedError: the config holds something that cannot be stored; says where.
            RepositoryError: the repository cannot be written; nothing was registered.
        """
        [registered] = self.register_many(
            [config],
            description=description,
            tags=tags,
            parents=parents,
            source=source,
            worktree=worktree,
        )
        return registered

    def register_many(
        self,
        configs: Iterable[Config],
        *,
        description: str | None = None,
        tags: Iterable[str] = (),
        parents: Iterable[str] = (),
        source: str | None = None,
        worktree: bool = True,
    ) -> builtins.list[ConfigId]:
        """Register any number of configs in one commit; returns their ids in the same order.

        Description, tags, parents and source are said of each of them. All or none: an error in
        one registers nothing.

        Raises:
            As `register`; `ValueRefusedError.path` starts with the config's position, `[3].lr`.
        """
        tag_names = tagging.tag_names(_listed(tags))
        parent_ids = tuple(self.resolve(parent) for parent in _listed(parents))
        several = not isinstance(configs, Sequence) or len(configs) != 1
        entries = [
            _registration(
                c, number if several else None, description, tag_names, parent_ids, source
            )
            for number, c in enumerate(configs)
        ]
        if entries:
            self._register(entries, _use(worktree))
        return [entry.id for entry in entries]

    def add(
        self,
        files: Iterable[Path | str],
        *,
        description: str | None = None,
        tags: Iterable[str] = (),
        parents: Iterable[str] = (),
        worktree: bool = True,
        commit: bool = False,
    ) -> builtins.list[Added]:
        """Register every config in YAML or JSON files (several documents each) and folders.

        With `commit`, the configs' files below `.exptrack/` are also committed on the current branch,
        and nothing else is, whatever is staged.

        Raises:
            SourceError: a file cannot be read as configs; says line and column.
            NotFoundError: a folder holds no config.
        """
        documents = [doc for file in files for doc in self._documents(Path(file))]
        return self.add_documents(
            documents,
            description=description,
            tags=tags,
            parents=parents,
            worktree=worktree,
            commit=commit,
        )

    def add_text(self, text: bytes, name: str, **options: Any) -> builtins.list[Added]:
        """Register every config in a YAML text, with `add`'s options; `name` is its source."""
        return self.add_documents(parse_documents(text, name), **options)

    def add_documents(
        self,
        documents: Sequence[Document],
        *,
        description: str | None = None,
        tags: Iterable[str] = (),
        parents: Iterable[str] = (),
        worktree: bool = True,
        commit: bool = False,
    ) -> builtins.list[Added]:
        """Register documents that were read already, with the options of `add`."""
        if commit and not worktree:
            raise UsageError("a commit needs the files in the work tree: leave out one of the two")
        if commit:
            self._branch().check_can_commit(self._session.repository)
        tag_names = tagging.tag_names(_listed(tags))
        parent_ids = tuple(self.resolve(parent) for parent in _listed(parents))
        entries = []
        for document in documents:
            data = emit(document.data)
            entries.append(
                Registration(
                    config_id(data), data, description, tag_names, parent_ids, document.name
                )
            )
        outcome = self._register(entries, _use(worktree)) if entries else Outcome()
        if commit:
            self.commit([entry.id for entry in entries])
        return [Added(e.id, e.source or "", e.id in outcome.new) for e in entries]

    def commit(self, ids: Sequence[ConfigId], message: str | None = None) -> str | None:
        """Commit these configs' files below `.exptrack/` on the current branch, and only those.

        Returns the commit's id, or `None` when the branch has them all already.
        """
        plane = self._session.plane
        if plane is None:
            raise UsageError("there is no work tree here to commit from")
        plane.prepare()
        files = dict(reading.plane_files(plane, ids))
        names = short(ids[0]) if len(set(ids)) == 1 else f"{len(set(ids))} configs"
        commit_id: str | None = self._branch().commit_files(
            self._session.repository,
            self._session.reader,
            files,
            message or f"Register {names}",
            self._session.now() // 1_000_000,
        )
        return commit_id

    # Finding

    def get(self, name: str) -> ConfigRecord:
        """The config of that name, with its data and all that is known about it.

        Raises:
            NotFoundError: there is none.
            AmbiguousError: a prefix stands for several; lists them.
            DataError: what is stored under that id is damaged.
        """
        return self._records([name])[0]

    def resolve(self, name: str) -> ConfigId:
        """The id of a registered config of that name.

        Raises:
            As `get`.
        """
        named = self._find(name)
        self._known([named.id], [name])
        return named.id

    def list(
        self,
        *,
        tag: str | Iterable[str] = (),
        since: str | None = None,
        until: str | None = None,
        author: str | None = None,
        where: str | None = None,
        words: str | Iterable[str] = (),
        limit: int | None = None,
        full: bool = True,
    ) -> builtins.list[ConfigRecord]:
        """The configs that fulfil all conditions, newest first.

        Args:
            tag: only those that bear this tag, or all of these.
            since: only those registered then or later: `2026-11-01`, `'7 days ago'` (UTC).
            until: only those registered then or before.
            author: only those whose author's name or e-mail holds this text.
            where: a query (`docs/query.md`): `hyperparameters.k >= 10`.
            words: texts to be found in ids, tags, descriptions, sources, keys or values.
            limit: at most so many.
            full: with each config's data (`record.config`); without, it is `None`.

        Raises:
            QueryError: `where` cannot be understood.
            UsageError: a date cannot be read.
        """
        wanted = Filter(
            tuple(_listed(tag)), since, until, author, where, tuple(_listed(words)), limit
        )
        found = list(self.iterate(wanted))
        return self._with_configs(found) if full else found

    def iterate(self, wanted: Filter) -> Iterator[ConfigRecord]:
        """The configs that a filter lets through, newest first, one by one and without data."""
        connection = self._index.connection()
        return select.select(connection, self._plane(), wanted)

    def search(self, *words: str, **conditions: Any) -> builtins.list[ConfigRecord]:
        """The configs in which all words are found, with the conditions of `list`.

        A word is looked for in ids, tags, descriptions, sources, keys and texts, whatever its
        case; a number also among the numbers.
        """
        return self.list(words=words, **conditions)

    def search_by_tag(self, tag: str) -> builtins.list[ConfigRecord]:
        """The configs that bear a tag, newest first; none is no error."""
        return self.list(tag=tag)

    def tags(self) -> builtins.list[TagRecord]:
        """All tags that some config bears, by name."""
        return select.tags(self._index.connection())

    def compare(self, *names: str, all_rows: bool = False) -> Comparison:
        """Two or more configs side by side: what differs, typed (1 and 1.0 are two things).

        Raises:
            UsageError: fewer than two were named.
        """
        if len(names) < 2:
            raise UsageError("a comparison needs two configs or more")
        records = self._records(names)
        configs: builtins.list[Plain] = [record.config for record in records]
        changes = compare(configs[0], configs[1]) if len(configs) == 2 else []
        rows = compare_many(configs, all_rows=all_rows)
        return Comparison(tuple(records), tuple(changes), tuple(rows))

    def log(self, name: str | None = None, *, limit: int | None = None) -> builtins.list[Event]:
        """What happened to a config (also to a deleted one), or to all, newest first."""
        if name is None:
            return events.all_events(self._session, limit)
        try:
            wanted = self.resolve(name)
        except NotFoundError:
            if not is_prefix(name):
                raise
            wanted = deletion.find_deleted(self._session, name).id
        found = events.events_of(self._session, wanted)
        return found if limit is None else found[:limit]

    def grep(
        self, pattern: str, *, ignore_case: bool = False, fixed: bool = False
    ) -> builtins.list[Match]:
        """The lines of stored configs that match git's basic regular expression (or a fixed text).

        Raises:
            UsageError: the pattern cannot be understood.
        """
        found = reading.grep(self._session, pattern, ignore_case=ignore_case, fixed=fixed)
        return [Match(i, line, text) for i, line, text in found]

    def verify(self, names: Iterable[str] = ()) -> tuple[int, builtins.list[Problem]]:
        """Check stored bytes against ids: of these configs, or of all, wherever they are stored.

        Returns how many configs were checked, and what is wrong.
        """
        wanted = {self._verifiable(name) for name in _listed(names)}
        return reading.verify(self._session, wanted or None)

    def damaged(self) -> builtins.list[Problem]:
        """Stored files that listings leave out because they are not what their names promise."""
        return select.damaged(self._index.connection(), self._plane())

    # Changing what is known

    def update(self, name: str, description: str) -> ConfigId:
        """Describe a config anew; an empty text takes the description away."""
        entry = self._entry(name)
        self._register([replace(entry, description=description)], WorkTreeUse.KEEP_UP)
        return entry.id

    def tag(self, name: str, *tags: str) -> ConfigId:
        """Put tags on a config; one that it bears already changes nothing.

        Raises:
            UsageError: a tag's name is empty, too long or holds control characters.
        """
        names = tagging.tag_names(_listed(tags))
        if not names:
            raise UsageError("name at least one tag")
        entry = self._entry(name)
        self._register([replace(entry, tags=names)], WorkTreeUse.LEAVE)
        return entry.id

    def untag(self, name: str, *tags: str) -> ConfigId:
        """Take tags from a config.

        Raises:
            NotFoundError: it does not bear one of them; nothing was changed.
        """
        names = tagging.tag_names(_listed(tags))
        if not names:
            raise UsageError("name at least one tag")
        wanted = self.resolve(name)
        self._announce()
        tagging.untag(self._session, [wanted], names)
        return wanted

    def delete(self, *names: str) -> builtins.list[ConfigId]:
        """Take configs out of catalogue, tags and work tree; `restore` brings them back."""
        entries = list({e.id: e for e in (self._entry(name) for name in names)}.values())
        self._announce()
        deletion.delete(self._session, entries)
        return [entry.id for entry in entries]

    def restore(self, *names: str, worktree: bool = True) -> builtins.list[ConfigId]:
        """Bring deleted configs back, with descriptions, parents and tags.

        Raises:
            NotFoundError: none was deleted whose id starts so.
        """
        for name in names:
            if not is_prefix(name):
                raise UsageError(f"a deleted config is named by its id: {name!r} is none")
        found = [deletion.find_deleted(self._session, name) for name in names]
        self._announce()
        for deleted in found:
            deletion.restore(self._session, deleted, _use(worktree))
        return [deleted.id for deleted in found]

    # Files

    def export(self, name: str, file: Path | str) -> ConfigId:
        """Write a config to a file: `.yaml` has the object's bytes, `.json` all that is known."""
        record = self.get(name)
        path = Path(file)
        write_whole(path, export_bytes(record, path.suffix.lower()))
        return record.id

    def import_(self, *files: Path | str, worktree: bool = True) -> builtins.list[ConfigId]:
        """Register exported configs, with the description, tags and history that JSON brings.

        Raises:
            SourceError: a file is no config, or was changed since it was exported.
        """
        entries = [entry for file in files for entry in self._imported(Path(file))]
        if entries:
            self._register(entries, _use(worktree))
        return [entry.id for entry in entries]

    def checkout(self, name: str, file: Path | str | None = None, *, force: bool = False) -> Path:
        """Write a config as YAML to a file; without one, to the file it came from.

        Raises:
            UsageError: no file was named and none is known; or the file holds something that is
                not registered, which writing would lose (`force` does it all the same).
        """
        record = self.get(name)
        path = Path(file) if file is not None else self._source_path(record)
        if path.exists() and not force:
            self._check_replaceable(path)
        write_whole(path, export_bytes(record, ".yaml"))
        return path

    # Inside

    def _branch(self) -> Any:
        from gittrack.git import branch  # GitPython costs 90 ms: only a commit needs it

        return branch

    def _register(self, entries: Sequence[Registration], use: WorkTreeUse) -> Outcome:
        self._announce()
        return register(self._session, entries, use)

    def _announce(self) -> None:
        """Say once in a repository's life that nobody told git who is recording here."""
        author = self._session.repository.settings.author
        marker = self._session.repository.private_dir / "anonymous"
        if author.configured or marker.exists():
            return
        try:
            marker.parent.mkdir(exist_ok=True)
            marker.touch()
        except OSError:
            return  # read-only: the recording itself will say so
        self._warn(
            f"no name is configured in git: recording as {author.name}"
            " (to change that: git config user.name and user.email)"
        )

    def _plane(self) -> int:
        return planes.plane_number(self._index.connection(), self._session)

    def _find(self, name: str) -> Named:
        return find(self._index.connection(), self._plane(), name)

    def _known(self, ids: Sequence[ConfigId], names: Sequence[str]) -> dict[ConfigId, ConfigRecord]:
        found = select.by_ids(self._index.connection(), self._plane(), ids)
        for wanted, name in zip(ids, names, strict=True):
            if wanted not in found:
                raise not_registered(wanted, name)
        return found

    def _records(self, names: Sequence[str]) -> builtins.list[ConfigRecord]:
        """Whole records; a file that is not registered stands for itself."""
        named = [self._find(name) for name in names]
        stored = [(n.id, name) for n, name in zip(named, names, strict=True) if n.data is None]
        known = self._known([i for i, _ in stored], [name for _, name in stored])
        files = [n.id for n in named if n.data is not None]
        known |= select.by_ids(self._index.connection(), self._plane(), files)
        full = {record.id: record for record in self._with_configs(list(known.values()))}
        return [
            full.get(n.id) or ConfigRecord(n.id, "", (), "", "", (), name, n.data)
            for n, name in zip(named, names, strict=True)
        ]

    def _with_configs(self, records: Sequence[ConfigRecord]) -> builtins.list[ConfigRecord]:
        configs = reading.read_configs(self._session, [record.id for record in records])
        return [
            replace(record, config=config)
            for record, (_, _, config) in zip(records, configs, strict=True)
        ]

    def _entry(self, name: str) -> Registration:
        """A registered config as it is stored, ready to be registered with more to say."""
        wanted = self.resolve(name)
        [(_, data, _)] = reading.read_configs(self._session, [wanted])
        return Registration(wanted, data)

    def _verifiable(self, name: str) -> ConfigId:
        """Also a damaged config, which listings leave out, can be verified by its id."""
        return ConfigId(name) if is_config_id(name) else self._find(name).id

    def _documents(self, path: Path) -> builtins.list[Document]:
        if not path.is_dir():
            return read_documents(path, self._source_name(path))
        files = find_config_files(path)
        if not files:
            raise NotFoundError(f"no .yaml, .yml or .json file in {path}")
        return [doc for file in files for doc in read_documents(file, self._source_name(file))]

    def _source_name(self, path: Path) -> str:
        """A file's path within the repository, or as it was written when it lies elsewhere."""
        root = self._session.repository.work_tree
        absolute = path.absolute()
        if root is not None and absolute.resolve().is_relative_to(root.resolve()):
            return absolute.resolve().relative_to(root.resolve()).as_posix()
        return str(path)

    def _imported(self, path: Path) -> builtins.list[Registration]:
        name = self._source_name(path)
        if path.suffix.lower() == ".json" and path.is_file():
            exports = find_exports(path)
            if exports:
                return [read_export(export, name) for export in exports]
        entries = []
        for document in self._documents(path):
            data = emit(document.data)
            entries.append(Registration(config_id(data), data, source=document.name))
        return entries

    def _source_path(self, record: ConfigRecord) -> Path:
        root = self._session.repository.work_tree
        if record.source is None or root is None:
            raise UsageError(f"say to which file: {record.short_id} did not come from one")
        path = (root / record.source).resolve()
        if not path.is_relative_to(root.resolve()):
            raise UsageError(
                f"{record.short_id} came from {record.source}, outside this repository",
                hint="say to which file to write it",
            )
        if path.exists() and len(read_documents(path)) > 1:
            raise UsageError(
                f"{record.source} holds several configs", hint="say to which file to write it"
            )
        return path

    def _check_replaceable(self, path: Path) -> None:
        try:
            present = {config_id(emit(document.data)) for document in read_documents(path)}
        except ValueError:
            present = set()
        known = select.by_ids(self._index.connection(), self._plane(), list(present))
        if not present or present - known.keys():
            raise UsageError(
                f"{path} holds something that is not registered, and would be lost",
                hint=f"register it first (git exp add {path}), or use --force",
            )


@dataclass(frozen=True, slots=True)
class Match:
    """A line of a stored config that matches: the config, the line's number, the line."""

    id: ConfigId
    line: int
    text: str


def _registration(
    config: Config,
    number: int | None,
    description: str | None,
    tags: tuple[str, ...],
    parents: tuple[ConfigId, ...],
    source: str | None,
) -> Registration:
    if isinstance(config, ExperimentConfig):
        data = emit(config.config)
        description = config.description or None if description is None else description
        tags = tuple(dict.fromkeys((*tagging.tag_names(config.tags), *tags)))
    else:
        data = _canonical(config, number)
    return Registration(config_id(data), data, description, tags, parents, source)


def _canonical(config: object, number: int | None) -> bytes:
    try:
        plain = to_plain(config)
        if not isinstance(plain, dict):
            raise ValueRefusedError(
                f"a config is a mapping of parameters, not {type(config).__name__}"
            )
        return emit(plain)
    except ValueRefusedError as error:
        if number is None:
            raise
        place = f"[{number}]" + (f".{error.path}" if error.path else "")
        raise ValueRefusedError(
            f"config {number}: {error.message}", path=place, hint=error.hint
        ) from error


def _use(worktree: bool) -> WorkTreeUse:
    return WorkTreeUse.WRITE if worktree else WorkTreeUse.LEAVE


def _listed(names: str | Iterable[str] | Iterable[str | Iterable[str]]) -> list[str]:
    """Names given one by one, as a list, or as one text."""
    if isinstance(names, str):
        return [names]
    found: list[str] = []
    for name in names:
        found.extend([name] if isinstance(name, str) else name)
    return found


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=4)
