"""Journals that wait for somebody: of dead processes, and of machines that are silent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from shlex import quote

from gittrack.doctor.ailment import Ailment, age_of, span
from gittrack.journal.owner import HEARTBEAT, SILENCE, Life, clock_of, life_of
from gittrack.journal.reader import JournalFile, read_journals
from gittrack.store.journals import is_closed, journal_folder
from gittrack.store.publishing import Publisher
from gittrack.store.runs import RunReader
from gittrack.store.sealing import Sealer
from gittrack.store.session import Session

_SILENT = 20 * HEARTBEAT
_SOON = 300.0  # seconds


def dead_journals(session: Session) -> Iterator[Ailment]:
    """Journals of runs that have ended, and that nobody has sealed yet.

    A run that has just ended is sealed by its own process, which gathers some.
    """
    reader = RunReader(session)
    waiting = [
        file
        for file, life in _journals(session)
        if (age_of(file.path) > _SOON if is_closed(file.path) else life == "dead")
        and _can_be_sealed(reader, file)
    ]
    if waiting:
        count = "1 journal" if len(waiting) == 1 else f"{len(waiting):,} journals"
        text = f"{count} of runs that have ended: to be sealed"
        folder = str(journal_folder(session))
        yield Ailment("dead-journals", text, folder, "git exp doctor --fix", fixable=True)


def silent_journals(session: Session) -> Iterator[Ailment]:
    """Journals of other machines that give no sign of life: dead, or only not heard of."""
    hosts: dict[str, list[float]] = {}
    for file, life in _journals(session):
        silence = age_of(file.path)
        if life == "unknown" and silence > _SILENT and not is_closed(file.path):
            hosts.setdefault(file.owner.host, []).append(silence)
    for host, silences in sorted(hosts.items()):
        count = "1 journal" if len(silences) == 1 else f"{len(silences):,} journals"
        text = f"{count} of the machine {host!r}, silent for {span(min(silences))}"
        mend = f"if it is gone: git exp doctor --fix --host={quote(host)}"
        yield Ailment("silent-journals", text, host, mend)


def seal(session: Session, _: Ailment) -> None:
    """Seal what has ended.

    Raises:
        RepositoryError: an experiment could not be sealed; its journals are kept.
    """
    publisher = Publisher(session)
    try:
        Sealer(session, publisher).seal()
    finally:
        publisher.close()


def declare_dead(session: Session, host: str) -> None:
    """Take the silent journals of a machine for those of dead processes, as their owner says.

    Their last sign of life is put back, which makes them dead to every process that looks; one
    who gives another sign before its journal is sealed is alive again. After that the journal is
    kept aside, and taken up when it grows.
    """
    long_ago = clock_of(journal_folder(session)) - 2 * SILENCE
    for file, life in _journals(session):
        if life == "unknown" and file.owner.host == host and age_of(file.path) > _SILENT:
            os.utime(file.path, (long_ago, long_ago))


def _can_be_sealed(reader: RunReader, file: JournalFile) -> bool:
    """What a helper of a deleted run logged waits until the run is brought back; the unfinished
    trials of a study wait until it is opened."""
    if "study" in file.header:
        return False
    run_id = file.header.get("run")
    if not isinstance(run_id, str) or file.header.get("role") == "main":
        return True
    return bool(reader.journals_of(run_id)) or reader.find(run_id) is not None


def _journals(session: Session) -> Iterator[tuple[JournalFile, Life]]:
    folder = journal_folder(session)
    for file in read_journals(folder):
        with suppress(FileNotFoundError):
            yield file, life_of(file.path, file.owner, lambda: clock_of(folder))
