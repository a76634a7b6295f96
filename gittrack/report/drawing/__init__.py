"""Pictures drawn as SVG from figures; pure."""

from gittrack.report.drawing.draw import draw, standalone
from gittrack.report.drawing.style import DARK, LIGHT, figure_style

__all__ = ["DARK", "LIGHT", "draw", "figure_style", "standalone"]
