"""gittrack beside other trackers, measured in turns in one run.

    python -m benchmarks.peers --scale 0.05

Every piece of work has a process and a folder of its own. In each round all trackers take their
turn in each case; what is shown are the medians of the rounds. Trackers that are not installed are
left out, with a line; `benchmarks/requirements-peers.txt` names them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.peers.catalogue import CASES, PEERS
from benchmarks.peers.measuring import MEASURES, Figures, Sizes, fresh
from benchmarks.peers.process import Place, WorkerError
from benchmarks.peers.showing import medians, tables

Found = dict[str, dict[str, list[Figures]]]


def main() -> None:
    """Measure what was asked for, show it, and write it down; after Ctrl-C, what there is."""
    wanted = _arguments()
    sizes = Sizes().scaled(wanted.scale)
    if wanted.memory_values:
        sizes = replace(sizes, memory=wanted.memory_values)
    pythons = dict.fromkeys(PEERS, sys.executable) | dict(wanted.python)
    versions = _installed([peer for peer in PEERS if peer in wanted.only], pythons)
    machine = _machine()
    started = time.monotonic()
    found: Found = {case: {} for case in wanted.cases}
    try:
        for number in range(wanted.rounds):
            _say(f"round {number + 1} of {wanted.rounds}")
            _measure(found, versions, pythons, sizes)
    except KeyboardInterrupt:
        _say("stopped: the figures are those of the turns that were taken")
    machine |= {"load after": os.getloadavg()[0], "seconds": round(time.monotonic() - started)}
    middle = {case: {p: medians(r) for p, r in peers.items()} for case, peers in found.items()}
    print(tables(middle))
    print("\n" + ", ".join(f"{PEERS[peer].title} {version}" for peer, version in versions.items()))
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    if wanted.json:
        facts = {"machine": machine, "versions": versions, "sizes": asdict(sizes)}
        told = facts | {"medians": middle, "rounds": found}
        wanted.json.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")


def _measure(found: Found, versions: dict[str, str], pythons: dict[str, str], sizes: Sizes) -> None:
    """One round: in each case a turn for each tracker that takes part in it."""
    for case in found:
        for peer in versions:
            if case not in PEERS[peer].cases:
                continue
            _say(f"  {case}: {PEERS[peer].title}")
            try:
                with fresh(peer, pythons[peer]) as place:
                    figures = MEASURES[case](place, sizes)
            except WorkerError as error:
                _say(f"  {PEERS[peer].title} failed: {str(error)[:200]}")
            else:
                found[case].setdefault(peer, []).append(figures)


def _installed(peers: list[str], pythons: dict[str, str]) -> dict[str, str]:
    """The versions of those that are installed."""
    versions = {}
    with tempfile.TemporaryDirectory() as folder:
        for peer in peers:
            try:
                versions[peer] = Place(peer, pythons[peer], Path(folder)).work("version")["version"]
            except (WorkerError, OSError):
                _say(f"{PEERS[peer].title} is left out: no {PEERS[peer].distribution} installed")
    return versions


def _machine() -> dict[str, Any]:
    git = subprocess.run(["git", "--version"], check=True, capture_output=True, text=True)
    return {
        "python": platform.python_version(),
        "git": git.stdout.split()[2],
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load before": os.getloadavg()[0],
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", type=_names(PEERS), default=list(PEERS), metavar="PEER,…", help=", ".join(PEERS)
    )
    parser.add_argument(
        "--cases", type=_names(CASES), default=list(CASES), metavar="CASE,…", help=", ".join(CASES)
    )
    parser.add_argument("--scale", type=float, default=1.0, help="sizes and seconds, times this")
    parser.add_argument("--rounds", type=int, help="default: 3, and 1 for a scale below 0.5")
    parser.add_argument("--memory-values", type=int, help="values of the long run")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    parser.add_argument(
        "--python",
        type=_python,
        action="append",
        default=[],
        metavar="PEER=PATH",
        help="the Python that has this one; may be given several times",
    )
    wanted = parser.parse_args()
    wanted.rounds = wanted.rounds or (3 if wanted.scale >= 0.5 else 1)
    return wanted


def _names(known: Any) -> Any:
    def read(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return names

    return read


def _python(text: str) -> tuple[str, str]:
    peer, equals, path = text.partition("=")
    if peer not in PEERS or not equals:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no PEER=PATH, with one of {', '.join(PEERS)}"
        )
    return peer, path


if __name__ == "__main__":
    main()
