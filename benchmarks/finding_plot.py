"""How cost grows with the number of runs, as an SVG: both axes are logarithmic."""

from __future__ import annotations

import math
from collections.abc import Mapping

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 230, 20, 50
_LINES = (
    ("gittrack", "first build, s", 1e3, "index, first build", "#1b6ca8"),
    ("gittrack", "table, s", 1e3, "all runs as a data frame", "#2a9d8f"),
    ("gittrack", "query fresh, ms", 1, "query, fresh process", "#e07a1f"),
    ("gittrack", "query warm, ms", 1, "query, warm", "#c1121f"),
    ("gittrack", "refresh, ms more", 1, "refresh after one run", "#6a4c93"),
    ("mlflow", "table, s", 1e3, "MLflow: data frame", "#2a9d8f"),
    ("mlflow", "query fresh, ms", 1, "MLflow: query, fresh", "#e07a1f"),
    ("mlflow", "query warm, ms", 1, "MLflow: query, warm", "#c1121f"),
)
"""The tracker, its figure, what makes milliseconds of it, its label and its colour."""


def plot(found: Mapping[str, Mapping[int, Mapping[str, float]]]) -> str:
    """The figures by tracker, size and name as an SVG document."""
    sizes = sorted({size for by_size in found.values() for size in by_size})
    lines = []
    for tracker, name, unit, label, colour in _LINES:
        by_size = found.get(tracker, {})
        points = [(size, by_size[size][name] * unit) for size in by_size if name in by_size[size]]
        points = [(size, value) for size, value in points if value > 0]
        if points:
            lines.append((points, label, colour, tracker != "gittrack"))
    values = [value for points, *_ in lines for _, value in points]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    scale = _Scale(sizes[0], sizes[-1], low, high)
    parts = [_grid(scale, sizes, low, high)]
    heights: list[float] = []
    for points, label, colour, dashed in sorted(lines, key=lambda line: -line[0][-1][1]):
        parts.append(_line(scale, points, label, colour, heights, dashed=dashed))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="12">\n<title>Cost by number of runs</title>\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>\n{body}\n</svg>\n'
    )


class _Scale:
    """Runs and milliseconds to places in the picture."""

    def __init__(self, least: int, most: int, low: int, high: int) -> None:
        self._start, self._span = math.log10(least), math.log10(most / least) or 1.0
        self._low, self._decades = low, high - low or 1

    def x(self, size: float) -> float:
        share = (math.log10(size) - self._start) / self._span
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, milliseconds: float) -> float:
        share = (math.log10(milliseconds) - self._low) / self._decades
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _grid(scale: _Scale, sizes: list[int], low: int, high: int) -> str:
    parts = []
    for power in range(low, high + 1):
        y = scale.y(10.0**power)
        text = f"{10**power:g} ms" if power < 3 else f"{10 ** (power - 3):g} s"
        parts.append(
            f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" stroke="#ddd"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end" fill="#444">{text}</text>'
        )
    for size in sizes:
        x = scale.x(size)
        parts.append(
            f'<path d="M{x} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#ddd"/>'
            f'<text x="{x}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle" fill="#444">'
            f"{size:,} runs</text>"
        )
    return "\n".join(parts)


def _line(
    scale: _Scale,
    points: list[tuple[int, float]],
    label: str,
    colour: str,
    heights: list[float],
    *,
    dashed: bool,
) -> str:
    places = [(scale.x(size), scale.y(value)) for size, value in points]
    path = "L".join(f"{x} {y}" for x, y in places)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    y = max([places[-1][1], *(height + 15 for height in heights[-1:])])  # labels do not meet
    heights.append(y)
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in places)
    return (
        f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>{dots}'
        f'<text x="{_WIDTH - _RIGHT + 10}" y="{y + 4}" fill="{colour}">{label}</text>'
    )
