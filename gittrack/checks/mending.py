"""The command that brings a stored file back to what it must be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from shlex import quote

from gittrack.checks.finding import Finding
from gittrack.checks.scope import Scope
from gittrack.store.layout import CATALOGUE, HEAD, parse_path

_STORED = {
    "object-hash",
    "object-form",
    "object-kind",
    "object-size",
    "object-changed",
    "object-vanished",
    "meta-form",
}


def with_mends(scope: Scope, findings: Iterable[Finding]) -> list[Finding]:
    """The findings, those about stored files with the command that mends them."""
    found = list(findings)
    wanted = [f for f in found if f.code in _STORED and not f.mend]
    return [f for f in found if f not in set(wanted)] + [
        replace(finding, mend=mend)
        for finding, mend in zip(wanted, _mends(scope, wanted), strict=True)
    ]


def _mends(scope: Scope, findings: list[Finding]) -> list[str]:
    """From the base, else from HEAD, else from the catalogue; else the file has to go."""
    mends = [_without_source(finding) for finding in findings]
    places = [(CATALOGUE, None), (HEAD, "HEAD")]
    if scope.base is not None:
        places.append((scope.base, scope.base[:12]))
    for tree, shown in places:
        blobs = scope.session.reader.find_many(f"{tree}:{finding.path}" for finding in findings)
        for number, (finding, blob) in enumerate(zip(findings, blobs, strict=True)):
            if blob is not None and blob.type == "blob" and _is_whole(finding.path, blob.data):
                path = quote(finding.path)
                mends[number] = (
                    f"git show {CATALOGUE}:{path} > {path}"
                    if shown is None
                    else f"git checkout {shown} -- {path}"
                )
    return mends


def _is_whole(path: str, data: bytes) -> bool:
    stored = parse_path(path)
    if stored is None:
        return False
    digest = hashlib.sha256(data).hexdigest()
    return digest == stored.id if stored.record is None else digest.startswith(stored.record)


def _without_source(finding: Finding) -> str:
    path = quote(finding.path)
    if finding.code in ("object-hash", "object-form"):
        return f"git exp add {path} && rm {path}"  # its values under their right name
    return "" if finding.code == "object-vanished" else f"rm -r {path}"
