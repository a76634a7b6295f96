"""Statistics of runs: A/B tests, and which parameters go with which metrics; pure."""

from gittrack.direction import Direction
from gittrack.statistics.columns import Kind
from gittrack.statistics.comparison import ab_test, ab_tests
from gittrack.statistics.correction import holm
from gittrack.statistics.correlation import Association, Correlations, Group, correlate
from gittrack.statistics.effects import Effect
from gittrack.statistics.forest import Importance, Importances, importance
from gittrack.statistics.numbers import Interval
from gittrack.statistics.outcome import Comparison, Side, TTest

__all__ = [
    "Association",
    "Comparison",
    "Correlations",
    "Direction",
    "Effect",
    "Group",
    "Importance",
    "Importances",
    "Interval",
    "Kind",
    "Side",
    "TTest",
    "ab_test",
    "ab_tests",
    "correlate",
    "holm",
    "importance",
]
