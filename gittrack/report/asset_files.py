"""The style and the script of reports and of the local page: vendored or ours, read from disk once.

`assets/SHA256SUMS` has the hashes of what is vendored; a test compares them.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from gittrack.report.drawing.style import DARK, LIGHT, figure_style, variables

VENDORED = ("uplot.js", "uplot.css", "uplot.LICENSE")
"""uPlot 1.6.32, MIT: draws the curves that can be zoomed."""


@cache
def asset(name: str) -> str:
    """A file of `assets/` as text."""
    return (files("gittrack.report") / "assets" / name).read_text("utf-8")


@cache
def stylesheet() -> str:
    """The whole style: colours in light and dark, pictures, layout, uPlot's own."""
    light, dark = variables(LIGHT), variables(DARK)
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media(prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f"@media print{{:root{{{light}color-scheme:light}}}}\n"
        f"{figure_style()}{asset('uplot.css')}\n{asset('report.css')}"
    )


@cache
def script() -> str:
    """The whole script: uPlot, and what brings pictures to life."""
    return f"{asset('uplot.js')}\n{asset('report.js')}"


@cache
def content_policy() -> str:
    """The content security policy of a page with this style and script in it, and nothing else."""
    style, code = (_digest(text) for text in (stylesheet(), script()))
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{code}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"sha256-{digest}"
