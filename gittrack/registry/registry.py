"""`ExperimentRegistry`: the public face; what it needs beyond listing is loaded on use."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gittrack.closing import Closing
from gittrack.errors import NotFoundError, RepositoryError, SourceError, UsageError
from gittrack.ids import ConfigId, is_config_id, is_prefix
from gittrack.index import select
from gittrack.index.select import Filter
from gittrack.index.staleness import Progress
from gittrack.model import ConfigRecord, Event, Problem, TagRecord
from gittrack.registry.workspace import Workspace

if TYPE_CHECKING:  # types of what is loaded on use
    from git import Repo

    from gittrack.checks import Report
    from gittrack.registry.pinning import PinChange, Pinner, PinState
    from gittrack.registry.recording import Config, Recorder
    from gittrack.registry.results import Added, Comparison, Match
    from gittrack.review import Review
    from gittrack.sources import Document
    from gittrack.sync.summary import Summary


class ExperimentRegistry(Closing):
    """The configs registered in one git repository.

    Everywhere a config is named: by a whole id, a prefix of four or more digits, a tag (the config
    that was given it last), a file's path, `pin:NAME`, or `@{N}` for the N-th newest.

    Args:
        path: the repository, or any folder in it, or a GitPython `Repo`; without one, the
            current folder decides.
        warn: takes one-line notices (no name is configured, the index cannot be kept); without
            it they become Python warnings.
        progress: told how far the building of an index is: files done, files in all.

    Raises:
        RepositoryError: there is no repository that can be used.
    """

    def __init__(
        self,
        path: Path | str | Repo | None = None,
        *,
        warn: Callable[[str], None] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._workspace = Workspace(_folder(path), warn or _warn, progress)

    def close(self) -> None:
        """End the git processes behind this registry; it may be used again."""
        self._workspace.close()

    @property
    def root(self) -> Path | None:
        """The top of the work tree; `None` in a bare repository."""
        return self._workspace.root

    # Registering

    def prepare(self) -> builtins.list[str]:
        """Write what `.exptrack/` needs besides configs; returns the files that were missing.

        Raises:
            RepositoryError: there is no work tree, or it cannot be written.
        """
        plane = self._workspace.session.plane
        if plane is None:
            raise RepositoryError("there is no work tree here: a bare repository is always ready")
        return plane.prepare()

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
        [registered] = self._recorder.register_many(
            [config], description, tags, parents, source, worktree
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
        return self._recorder.register_many(configs, description, tags, parents, source, worktree)

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

        With `commit`, the configs' files below `.exptrack/` are also committed on the current
        branch, and nothing else is, whatever is staged.

        Raises:
            SourceError: a file cannot be read as configs (says line and column), or a folder
                holds none.
        """
        from gittrack.inputs import documents_in

        documents = [doc for file in files for doc in documents_in(Path(file), self.root)]
        return self._recorder.add_documents(documents, description, tags, parents, worktree, commit)

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
        """Register documents that were read already (`gittrack.sources`), as `add` does."""
        return self._recorder.add_documents(documents, description, tags, parents, worktree, commit)

    def commit(self, names: Iterable[str], message: str | None = None) -> str | None:
        """Commit configs' files below `.exptrack/` on the current branch, and only those.

        Returns the commit's id, or `None` when the branch has them all already.
        """
        return self._recorder.commit([self.resolve(name) for name in names], message)

    # Finding

    def get(self, name: str) -> ConfigRecord:
        """The config of that name, with its data and all that is known about it.

        Raises:
            NotFoundError: there is none.
            AmbiguousError: a prefix stands for several; lists them.
            DataError: what is stored under that id is damaged.
        """
        return self._workspace.records([name])[0]

    def resolve(self, name: str) -> ConfigId:
        """The id of a registered config of that name.

        Raises:
            As `get`.
        """
        return self._workspace.resolve(name)

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
        tags = (tag,) if isinstance(tag, str) else tuple(tag)
        texts = (words,) if isinstance(words, str) else tuple(words)
        found = self.iterate(Filter(tags, since, until, author, where, texts, limit))
        return builtins.list(self.with_configs(found) if full else found)

    def iterate(self, wanted: Filter) -> Iterator[ConfigRecord]:
        """The configs that a filter lets through, newest first, one by one and without data."""
        return select.select(*self._workspace.view(), wanted)

    def with_configs(self, records: Iterable[ConfigRecord]) -> Iterator[ConfigRecord]:
        """The same records with their data; a damaged one is left out and told as a notice."""
        return self._workspace.with_configs(
            records, lambda error: self._workspace.warn(error.message)
        )

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
        return select.tags(self._workspace.view()[0])

    def compare(self, *names: str, all_rows: bool = False) -> Comparison:
        """Two or more configs side by side: what differs, typed (1 and 1.0 are two things).

        Raises:
            UsageError: fewer than two were named.
        """
        from gittrack.registry.results import comparison

        if len(names) < 2:
            raise UsageError("a comparison needs two configs or more")
        return comparison(self._workspace.records(names), all_rows=all_rows)

    def log(self, name: str | None = None, *, limit: int | None = None) -> builtins.list[Event]:
        """What happened to a config (also to a deleted one), or to all, newest first."""
        from gittrack.store import events

        if name is None:
            return events.all_events(self._workspace.session, limit)
        found = events.events_of(self._workspace.session, self._ever_known(name))
        return found if limit is None else found[:limit]

    def grep(
        self, pattern: str, *, ignore_case: bool = False, fixed: bool = False
    ) -> builtins.list[Match]:
        """The lines of stored configs that match git's basic regular expression (or a fixed text).

        Raises:
            UsageError: the pattern cannot be understood.
        """
        from gittrack.registry.results import Match
        from gittrack.store.reading import grep

        found = grep(self._workspace.session, pattern, ignore_case=ignore_case, fixed=fixed)
        return [Match(*match) for match in found]

    def verify(self, names: Iterable[str] = ()) -> tuple[int, builtins.list[Problem]]:
        """Check stored bytes against ids: of these configs, or of all, wherever they are stored.

        Returns how many configs were checked, and what is wrong.
        """
        from gittrack.store.reading import verify

        # Also a damaged config, which listings leave out, can be verified by its id.
        wanted = {
            ConfigId(name) if is_config_id(name) else self._workspace.find(name).id
            for name in names
        }
        return verify(self._workspace.session, wanted or None)

    def damaged(self) -> builtins.list[Problem]:
        """Stored files that listings leave out because they are not what their names promise."""
        return select.damaged(*self._workspace.view(fresh=False))

    def reindex(self) -> None:
        """Make the index anew from git alone."""
        self._workspace.reindex()

    # Changing what is known

    def update(self, name: str, description: str) -> ConfigId:
        """Describe a config anew; an empty text takes the description away."""
        return self._recorder.update(name, description)

    def tag(self, name: str, *tags: str) -> ConfigId:
        """Put tags on a config; one that it bears already changes nothing.

        Raises:
            UsageError: a tag's name is empty, too long or holds control characters.
        """
        return self._recorder.tag(name, tags)

    def untag(self, name: str, *tags: str) -> ConfigId:
        """Take tags from a config.

        Raises:
            NotFoundError: it does not bear one of them; nothing was changed.
        """
        return self._recorder.untag(name, tags)

    def delete(self, *names: str) -> builtins.list[ConfigId]:
        """Take configs out of catalogue, tags and work tree; `restore` brings them back."""
        return self._recorder.delete(names)

    def restore(self, *names: str, worktree: bool = True) -> builtins.list[ConfigId]:
        """Bring deleted configs back, with descriptions, parents and tags.

        Raises:
            NotFoundError: none was deleted whose id starts so.
        """
        return self._recorder.restore(names, worktree)

    # Pins

    def pin(self, name: str, target: str) -> PinChange:
        """Give a config a reviewed name: a file below `.exptrack/pins/`, to be committed.

        Args:
            name: the pin's, as `prod` or `eu/prod`.
            target: a config's name; or a file, whose config is registered if it is not yet, and
                which the pin then watches.

        Raises:
            UsageError: a pin cannot have that name, or the file lies outside of the repository.
            As `get`.
        """
        return self._pinner.pin(name, target)

    def update_pins(self, *names: str) -> builtins.list[PinChange]:
        """Move pins to the configs that their files have now; without names, all that name one."""
        return self._pinner.update(names)

    def unpin(self, *names: str) -> builtins.list[str]:
        """Take pins away.

        Raises:
            NotFoundError: one does not exist; nothing was changed.
        """
        return self._pinner.unpin(names)

    def pins(self) -> builtins.list[PinState]:
        """All pins of the work tree (in a bare repository, of HEAD) and how they stand."""
        return self._pinner.states()

    # Review

    def check(
        self,
        *,
        at: str | None = None,
        staged: bool = False,
        base: str | None = None,
        require_registered: Iterable[str] = (),
    ) -> Report:
        """Check stored bytes, pins and schemas on this branch, without any ref of ours.

        Args:
            at: the commit to check; without it the work tree (in a bare repository, HEAD).
            staged: check the index instead: what the next commit would hold.
            base: the revision that it is held against: no config of it may have changed or
                vanished; what did not change since is not checked again.
            require_registered: patterns of files whose configs must be registered.

        Raises:
            NotFoundError: a revision names no commit.
            RepositoryError: a commit is not in this shallow clone.
        """
        from gittrack.checks import check

        globs = (require_registered,) if isinstance(require_registered, str) else require_registered
        return check(
            self._workspace.session,
            at=at,
            staged=staged,
            base=base,
            require_registered=builtins.list(globs),
        )

    def review(
        self,
        span: str | None = None,
        *,
        fail_on: Iterable[str] = (),
        metrics: Path | str | None = None,
        lower_is_better: Iterable[str] = (),
    ) -> Review:
        """What a branch changes: each new config and each pin that moved beside its predecessor.

        Args:
            span: `BASE...HEAD`, from where the two parted; `BASE..HEAD`, from BASE itself; without
                it, from where HEAD left the upstream's default branch.
            fail_on: conditions that fail it (`docs/review.md`): `metrics.sharpe < base`.
            metrics: a JSON file of more runs than are recorded here:
                `{"<config id>": [{"sharpe": 1.2}, …]}`.
            lower_is_better: metrics for which that is so, besides those whose name says so.

        Raises:
            NotFoundError: a revision names no commit, or no default branch is known.
            QueryError: a condition cannot be understood.
            SourceError: the file of metrics cannot be read.
        """
        from gittrack.review import read_metrics, review

        session = self._workspace.session
        more = {} if metrics is None else read_metrics(_bytes_of(Path(metrics)), str(metrics))

        def runs_of(configs: Mapping[ConfigId, bytes]) -> Mapping[ConfigId, Sequence[Any]]:
            from gittrack.store.config_runs import metrics_of

            recorded = metrics_of(session, configs)
            return {one: [*recorded.get(one, ()), *more.get(one, ())] for one in configs}

        return review(
            session,
            span,
            fail_on=(fail_on,) if isinstance(fail_on, str) else fail_on,
            runs_of=runs_of,
            lower_is_better=lower_is_better,
        )

    # Files

    def sync(
        self,
        remote: str | None = None,
        *,
        tags: bool = False,
        listener: Callable[[str], None] | None = None,
    ) -> Summary:
        """Take what a remote has that is not here, and give it what it lacks; see `docs/sync.md`.

        Args:
            remote: a remote's name, URL or path; without one the upstream's, `origin` or the
                only one.
            tags: only tags with their configs; otherwise all but the code of runs.
            listener: takes git's messages as they come, unfiltered.

        Raises:
            NotFoundError: there is no such remote.
            TransferError: the remote cannot be reached or refuses; what came is here all the same.
        """
        from gittrack.sync.remote import Selection
        from gittrack.sync.sync import Plan, sync

        plan = Plan(Selection(tags=tags))
        return sync(self._workspace.session, remote, plan, listener=listener)

    def export(self, name: str, file: Path | str) -> ConfigId:
        """Write a config to a file: `.yaml` has the object's bytes, `.json` all that is known."""
        from gittrack.registry.exchange import export

        return export(self._workspace, name, Path(file))

    def import_(self, *files: Path | str, worktree: bool = True) -> builtins.list[ConfigId]:
        """Register exported configs, with the description, tags and history that JSON brings.

        Raises:
            SourceError: a file is no config, or was changed since it was exported.
        """
        from gittrack.registry.exchange import imported

        entries = imported(self._workspace, map(Path, files))
        self._recorder.register(entries, worktree)
        return [entry.id for entry in entries]

    def checkout(self, name: str, file: Path | str | None = None, *, force: bool = False) -> Path:
        """Write a config as YAML to a file; without one, to the file it came from.

        Raises:
            UsageError: no file was named and none is known; or the file holds something that is
                not registered, which writing would lose (`force` does it all the same).
        """
        from gittrack.registry.exchange import checkout

        return checkout(self._workspace, name, None if file is None else Path(file), force=force)

    @cached_property
    def _pinner(self) -> Pinner:
        from gittrack.registry.pinning import Pinner

        return Pinner(self._workspace, self._recorder)

    @cached_property
    def _recorder(self) -> Recorder:
        from gittrack.registry.recording import Recorder

        return Recorder(self._workspace)

    def _ever_known(self, name: str) -> ConfigId:
        try:
            return self.resolve(name)
        except NotFoundError:
            if not is_prefix(name):
                raise
        from gittrack.store.deletion import find_deleted

        return find_deleted(self._workspace.session, name).id


def _folder(path: Path | str | Repo | None) -> Path | str | None:
    if path is None or isinstance(path, str | Path):
        return path
    return Path(path.working_tree_dir or path.git_dir)


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SourceError(f"cannot be read: {reason}", file=str(file)) from None


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=4)
