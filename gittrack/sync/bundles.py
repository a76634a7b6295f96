"""Records in one file, for machines with no network: written by one, taken in by another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gittrack.errors import GitError, NotFoundError, SourceError, UsageError
from gittrack.git.refs import RefUpdate, RefWriter, read_refs
from gittrack.git.remotes import check_bundle, write_bundle
from gittrack.slug import slug
from gittrack.store.session import Session
from gittrack.sync.archives import is_archive, opened, write_archive
from gittrack.sync.artifacts import Carried, contents_of, local_store
from gittrack.sync.hosts import TransferError
from gittrack.sync.remote import LOCAL, Remote, Selection, is_record
from gittrack.sync.summary import Change, Summary, count
from gittrack.sync.sync import Plan, exchange

_MAGIC = b"# v"
"""How every bundle begins."""


def bundle(
    session: Session,
    file: Path | str,
    selection: Selection | None = None,
    *,
    artifacts: bool = False,
) -> Summary:
    """Write records into one file, with all of their history.

    With `artifacts` it is an archive that holds the contents in Git LFS that they name, too, as far
    as they are here.

    Raises:
        NotFoundError: there is nothing to write, or no such experiment.
        UsageError: the file is there, and is no bundle.
        GitError: it cannot be written.
    """
    selection, path = selection or Selection(), Path(file)
    found = read_refs(session.repository, LOCAL.rstrip("/"))
    names = {ref.removeprefix(LOCAL): tip for ref, tip in found.items()}
    chosen = {n: tip for n, tip in names.items() if is_record(n) and selection.has(n)}
    for one in selection.experiments:
        if f"experiments/{slug(one)}" not in chosen:
            raise NotFoundError(
                f"there is no experiment {one!r}", hint="see them: git exp experiments list"
            )
    if not chosen:
        raise NotFoundError("nothing is recorded here that a bundle could hold")
    _check_target(path)
    refs = [LOCAL + name for name in chosen]
    named = contents_of(session, chosen)
    store = local_store(session)
    here = frozenset(one for one in named if store.has(*one)) if artifacts else frozenset()
    if artifacts:
        write_archive(path, lambda file: write_bundle(session.repository, file, refs), here, store)
    else:
        write_bundle(session.repository, path, refs)
    went = tuple(Change(name, None, tip) for name, tip in sorted(chosen.items()))
    return Summary(
        str(path),
        went=went,
        went_counts=count(session.repository, went),
        artifacts_went=Carried(here, named - here),
    )


def unbundle(
    session: Session,
    file: Path | str,
    selection: Selection | None = None,
    *,
    dry_run: bool = False,
) -> Summary:
    """Take in what a bundle holds, merged with what is here, as if it had been fetched.

    Raises:
        SourceError: it is no bundle, or damaged.
        NotFoundError: there is no such file, or no such experiment.
    """
    path = Path(file)
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}")
    if not is_archive(path):
        return _unbundle(session, path, path, selection, dry_run=dry_run)
    store = None if dry_run else local_store(session)
    with opened(path, session.repository.private_dir / "tmp", store) as archive:
        summary = _unbundle(session, path, archive.records, selection, dry_run=dry_run)
        return replace(
            summary,
            artifacts_came=Carried(frozenset(archive.contents)),
            refused=(*summary.refused, *archive.refused),
        )


def _unbundle(
    session: Session, path: Path, records: Path, selection: Selection | None, *, dry_run: bool
) -> Summary:
    """Take in a bundle that lies at `records`, and is `path` to the user."""
    try:
        check_bundle(session.repository, records)
    except GitError as error:
        said = error.message.partition("failed: ")[2].replace(str(records), str(path))
        raise SourceError(said, file=str(path)) from error
    place = Remote(str(records.absolute()), named=False, given=str(path))
    plan = Plan(selection or Selection(), give=False, dry_run=dry_run)
    try:
        return exchange(session, place, plan, tries=1)
    except TransferError as error:
        raise SourceError(error.message.partition(": ")[2], file=str(path)) from error
    finally:
        _forget(session, place)


def _check_target(path: Path) -> None:
    if path.exists() and not _is_bundle(path):
        raise UsageError(
            f"{path} is there already, and is no bundle", hint="choose another name for the bundle"
        )
    if not path.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {path.absolute().parent}")


def _is_bundle(path: Path) -> bool:
    if not path.is_file():
        return False
    if is_archive(path):
        return True
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _forget(session: Session, place: Remote) -> None:
    """A file is no place to fetch from again: nothing of it stays but what was taken in."""
    refs = read_refs(session.repository, place.fetched.rstrip("/"))
    if refs:
        writer = RefWriter(session.repository)
        writer.update([RefUpdate(ref, tip, None) for ref, tip in refs.items()])
        writer.close()
