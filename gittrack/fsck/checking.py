"""All checks of the whole store, one after another."""

from __future__ import annotations

from gittrack.fsck.code import check_code, check_commits
from gittrack.fsck.configs import check_configs, check_pins, check_tags
from gittrack.fsck.experiments import check_experiments
from gittrack.fsck.findings import Findings, FsckReport, Progress
from gittrack.fsck.index import check_index
from gittrack.fsck.journals import check_journals, expect_journals
from gittrack.fsck.models import check_models
from gittrack.store.session import Session

# Later ones use what earlier ones learnt: which configs and which runs there are.
_CHECKS = (
    check_configs,
    check_tags,
    check_pins,
    expect_journals,
    check_experiments,
    check_journals,
    check_models,
    check_code,
    check_commits,
    check_index,
)


def fsck(session: Session, progress: Progress | None = None) -> FsckReport:
    """Check every record in every plane, and every reference between records; changes nothing.

    Memory grows with the number of configs and runs by some bytes each, never with what they hold.
    What is recorded meanwhile may be checked or not. `progress` is told how many of the checks are
    done.
    """
    findings = Findings()
    for done, check in enumerate(_CHECKS):
        if progress is not None:
            progress(done, len(_CHECKS))
        check(session, findings)
    for run_id, place in findings.parents.items():
        if run_id not in findings.runs:
            findings.note(place, f"its parent, the run {run_id}, is not here")
    for store, count in findings.stores.items():
        files = "1 artifact is" if count == 1 else f"{count:,} artifacts are"
        findings.note(store, f"{files} there, which is not asked")
    return findings.report()
