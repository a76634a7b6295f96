"""The colours of pictures in light and in dark, and the style that uses them."""

from __future__ import annotations

import re
from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "card": "#ffffff",
    "text": "#1c2128",
    "soft": "#57606a",
    "grid": "#e4e8ec",
    "edge": "#8c959f",
    "s0": "#0969da",
    "s1": "#cf5a0a",
    "s2": "#1a7f37",
    "s3": "#a32fb8",
    "s4": "#cf222e",
    "s5": "#0a8291",
    "s6": "#8a6500",
    "s7": "#5b6ee1",
    "q0": "#e7f1fb",
    "q1": "#c6def5",
    "q2": "#9cc7ee",
    "q3": "#6cabe3",
    "q4": "#3f8dd4",
    "q5": "#1f70bd",
    "q6": "#0f559b",
    "q7": "#083b70",
    "good": "#1a7f37",
    "bad": "#cf222e",
    "warn": "#9a6700",
}
"""Series `s0` to `s7`, shades `q0` (least) to `q7`, and the rest by its purpose."""

DARK: Mapping[str, str] = {
    "card": "#161b22",
    "text": "#e6edf3",
    "soft": "#9198a1",
    "grid": "#272d35",
    "edge": "#6e7681",
    "s0": "#58a6ff",
    "s1": "#f0883e",
    "s2": "#56d364",
    "s3": "#d783ea",
    "s4": "#ff7b72",
    "s5": "#3fc6d6",
    "s6": "#d4a72c",
    "s7": "#a5b0ff",
    "q0": "#17283d",
    "q1": "#173a5e",
    "q2": "#1b4f83",
    "q3": "#2468a8",
    "q4": "#3583c9",
    "q5": "#5aa0e2",
    "q6": "#8fc2f2",
    "q7": "#cfe6fb",
    "good": "#56d364",
    "bad": "#ff7b72",
    "warn": "#d4a72c",
}

SHADES = 8

_BASE = """
svg text{font-family:system-ui,"DejaVu Sans",Arial,sans-serif;font-size:12px;fill:var(--text)}
svg .tick{font-size:11.5px;fill:var(--soft)}svg .label{font-size:12px;fill:var(--soft)}
svg .end{text-anchor:end}svg .mid{text-anchor:middle}svg .strong{font-weight:600}
svg .head{font-size:15px;font-weight:600}
svg .grid{stroke:var(--grid);fill:none}svg .axis{stroke:var(--edge);fill:none}
svg .line{fill:none;stroke-width:1.8;stroke-linejoin:round}svg .dash{stroke-dasharray:5 4}
svg .reference{stroke:var(--edge);stroke-dasharray:4 4;fill:none}
svg .row{fill:none;stroke-width:1.1;stroke-opacity:.6}
svg .box{fill:var(--card);stroke:var(--edge)}svg .group{fill:none;stroke:var(--grid)}
svg .white{fill:var(--card);stroke:var(--text);stroke-width:.8}
svg .whisker{stroke:var(--text);stroke-width:1.4;fill:none}
svg .on{fill:var(--card)}
svg .halo{paint-order:stroke;stroke:var(--card);stroke-width:4.5px;fill:var(--text)}
svg .back{fill:var(--card)}
svg .thin{fill-opacity:.45}
"""


def figure_style() -> str:
    """The style of pictures in a page, which says what `--text` and the other colours are."""
    series = "".join(
        f"svg .s{n}{{stroke:var(--s{n})}}svg .f{n}{{fill:var(--s{n})}}" for n in range(8)
    )
    shades = "".join(
        f"svg .q{n}{{fill:var(--q{n})}}svg .r{n}{{stroke:var(--q{n})}}" for n in range(8)
    )
    states = "".join(f"svg .{n}{{fill:var(--{n})}}" for n in ("good", "bad", "warn"))
    return f"{_BASE.strip()}\n{series}\n{shades}\n{states}\n"


def light_style() -> str:
    """The same with the light colours written out, for a picture that stands alone."""
    return re.sub(r"var\(--([a-z0-9]+)\)", lambda match: LIGHT[match[1]], figure_style())


def variables(colors: Mapping[str, str]) -> str:
    """Colours as CSS variables."""
    return "".join(f"--{name}:{color};" for name, color in colors.items())
