"""The figures as tables for a reader: medians, and how many times ours each one is."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from benchmarks.peers.catalogue import BULK, MEMORY, OURS, PEERS, RUNS, START, TRIALS, VALUES
from benchmarks.peers.measuring import Figures

TITLES = {
    RUNS: "A run with 20 parameters, 5 metrics, 3 tags, in a loop",
    VALUES: "Values of metrics in one run",
    TRIALS: "A trial with 4 parameters (Optuna: ask, suggest, tell, with its random sampler)",
    BULK: "Many trials at once",
    START: "Fresh processes, beyond bare Python",
    MEMORY: "Growth of the process over one run",
}
_COMPARED = {RUNS: "ms", VALUES: "µs of ten", TRIALS: "µs", BULK: "µs", START: "one run, ms"}


def medians(rounds: Sequence[Figures]) -> Figures:
    """Each figure's median over the rounds."""
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def tables(found: Mapping[str, Mapping[str, Figures]]) -> str:
    """All cases, one table each."""
    return "\n\n".join(
        "\n".join((TITLES[case], *_table(_COMPARED.get(case), peers)))
        for case, peers in found.items()
        if peers
    )


def _table(compared: str | None, peers: Mapping[str, Figures]) -> list[str]:
    names = list(next(iter(peers.values())))
    rows = [["", *names] + (["× ours"] if compared else [])]
    ours = peers.get(OURS, {}).get(compared or "")
    for peer, figures in sorted(peers.items(), key=lambda item: item[1].get(compared or "", 0.0)):
        row = [PEERS[peer].title, *(_shown(figures[name]) for name in names)]
        if compared:
            row.append(_shown(figures[compared] / ours) if ours else "")
        rows.append(row)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _shown(value: float) -> str:
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
