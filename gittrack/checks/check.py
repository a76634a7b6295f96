"""All checks of the branch plane in one run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gittrack.checks.finding import Finding, Report
from gittrack.checks.mending import with_mends
from gittrack.checks.objects import Sound, check_objects, check_records, check_vanished
from gittrack.checks.pins import check_pins
from gittrack.checks.registered import check_registered, matching_files
from gittrack.checks.scope import OBJECTS, RECORDS, SCHEMAS, Scope, open_scope
from gittrack.ids import ConfigId
from gittrack.store.layout import ROOT, meta_folder, object_path, parse_path
from gittrack.store.pins import BrokenPin, Pin, read_pins, whole
from gittrack.store.session import Session
from gittrack.store.snapshots import Entry


def check(
    session: Session,
    *,
    at: str | None = None,
    staged: bool = False,
    base: str | None = None,
    require_registered: Sequence[str] = (),
) -> Report:
    """Check what is on this branch; see `ExperimentRegistry.check`."""
    return _Run(open_scope(session, at, staged, base), require_registered).report()


@dataclass(slots=True)
class _Run:
    scope: Scope
    globs: Sequence[str]
    findings: list[Finding] = field(default_factory=list)
    files_of: dict[ConfigId, set[str]] = field(default_factory=dict)
    objects: int = 0
    records: int = 0

    def report(self) -> Report:
        scope, snapshot = self.scope, self.scope.snapshot
        schemas = snapshot.below(SCHEMAS)
        pins = read_pins(snapshot)
        files = matching_files(snapshot, self.globs) if self.globs else []
        entries = self._objects(pins, with_schemas=bool(schemas))
        self._check_records(pins)
        if schemas:
            self._check_with_schemas(entries, schemas)
        else:
            for _ in self._sound(entries):
                pass
        self.findings += check_vanished(scope)
        self.findings += check_pins(snapshot, pins)
        self.findings += check_registered(snapshot, files)
        findings = with_mends(scope, self.findings)
        return Report(
            place=snapshot.place,
            base=scope.base,
            objects=self.objects,
            records=self.records,
            pins=len(pins),
            schemas=len(schemas),
            files=len(files),
            findings=sorted(findings, key=lambda f: (f.path, f.line, f.code, f.message)),
            notes=(*scope.notes, *self._notes(files)),
        )

    def _objects(self, pins: Sequence[Pin | BrokenPin], *, with_schemas: bool) -> list[Entry]:
        """What differs from the base and what pins name; all, where a schema differs."""
        scope = self.scope
        if scope.base is None or (with_schemas and scope.changed(SCHEMAS)):
            return scope.snapshot.below(OBJECTS)
        changed = {entry.path: entry for entry in scope.to_check(OBJECTS)}
        pinned = [object_path(pin.config) for pin in whole(pins).values()]
        return list((scope.snapshot.at(pinned) | changed).values())

    def _check_records(self, pins: Sequence[Pin | BrokenPin]) -> None:
        """Records and pins also say which file a config came from, and so which schema speaks."""
        for pin in whole(pins).values():
            self._learn(pin.config, pin.source)
        for found in check_records(self.scope, self.scope.to_check(RECORDS)):
            self.records += 1
            if isinstance(found, Finding):
                self.findings.append(found)
            else:
                self._learn(found[0], found[1].source)

    def _check_with_schemas(self, entries: Sequence[Entry], schemas: Sequence[Entry]) -> None:
        from gittrack.checks.schemas import check_against, load_schemas  # costs 20 ms

        if self.scope.base is not None:
            self._learn_files(entries)
        loaded, faults = load_schemas(self.scope.snapshot, schemas)
        self.findings += faults
        self.findings += check_against(loaded, self._sound(entries), self.files_of)

    def _sound(self, entries: Sequence[Entry]) -> Iterator[Sound]:
        for found in check_objects(self.scope, entries):
            if isinstance(found, Finding):
                self.findings.append(found)
                self.objects += found.code != "object-changed"
            else:
                self.objects += 1
                yield found

    def _learn_files(self, entries: Sequence[Entry]) -> None:
        """Read also those records of the configs to check that did not change."""
        ids = {s.id for e in entries if (s := parse_path(e.path)) and s.record is None}
        folders = sorted(map(meta_folder, ids))
        listed = self.scope.snapshot.below(*(folders if len(folders) <= 128 else [RECORDS]))
        unchanged = [
            e
            for e in listed
            if e.path not in self.scope.differences
            and (s := parse_path(e.path)) is not None
            and s.id in ids
        ]
        for found in check_records(self.scope, unchanged):
            if not isinstance(found, Finding):
                self._learn(found[0], found[1].source)

    def _learn(self, config: ConfigId, source: str | None) -> None:
        if source is not None:
            self.files_of.setdefault(config, set()).add(source)

    def _notes(self, files: Sequence[Entry]) -> Iterator[str]:
        if not self.objects and self.scope.base is None:
            yield f"nothing is registered in {self.scope.snapshot.place}: no config below {ROOT}/"
        if self.globs and not files:
            yield f"no file matches {', '.join(self.globs)}"
