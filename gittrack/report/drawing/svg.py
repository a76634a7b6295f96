"""Pieces of SVG: elements whose attributes and texts are escaped, coordinates in few digits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from gittrack.review.escaping import html, shortened

CHARACTER = 6.4
"""The width of a character of the usual size, about."""

Attribute = str | float | None


def element(tag: str, content: str = "", **attributes: Attribute) -> str:
    """An element; `content` is SVG already. `class_` is `class`, `_` in names is a hyphen."""
    written = "".join(
        f' {_attribute(name)}="{_value(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


def text(
    x: float, y: float, words: str, class_: str = "", *, turn: int = 0, longest: int = 60
) -> str:
    """A text at a place; the class says where it is anchored (`end`, `mid`)."""
    turned = f"rotate({turn} {number(x)} {number(y)})" if turn else None
    shown = shortened(words, longest)
    return element("text", html(shown), x=x, y=y, class_=class_ or None, transform=turned)


def tip(words: str) -> str:
    """What a mark says when it is pointed at."""
    return element("title", html(shortened(words, 300)))


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """A straight line."""
    return element("path", d=path([(x1, y1), (x2, y2)]), class_=class_)


def path(points: Iterable[tuple[float, float]]) -> str:
    """The points joined; where one is not finite, there is a gap."""
    parts: list[str] = []
    pen_down = False
    for x, y in points:
        finite = math.isfinite(x) and math.isfinite(y)
        if finite:
            parts.append(f"{'L' if pen_down else 'M'}{number(x)} {number(y)}")
        pen_down = finite
    return "".join(parts)


def picture(width: float, height: float, title: str, parts: Sequence[str], note: str = "") -> str:
    """A whole picture with its title for those who cannot see it."""
    said = f"{title}. {note}" if note else title
    return element(
        "svg",
        "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=said,
        class_="wide" if width > 700 else None,
    )


def number(value: float) -> str:
    """A coordinate in tenths."""
    return f"{value:.1f}".removesuffix(".0")


def _attribute(name: str) -> str:
    return "class" if name == "class_" else name.replace("_", "-")


def _value(value: str | float) -> str:
    return html(value) if isinstance(value, str) else number(value)
