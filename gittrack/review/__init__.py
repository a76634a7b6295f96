"""Reviews: what a branch changes in configs and pins, and what that did to the metrics."""

from gittrack.review.metrics import RunsOf, read_metrics
from gittrack.review.model import (
    GateResult,
    Item,
    MetricChange,
    PinMove,
    Review,
    Side,
    Summary,
)
from gittrack.review.review import review

__all__ = [
    "GateResult",
    "Item",
    "MetricChange",
    "PinMove",
    "Review",
    "RunsOf",
    "Side",
    "Summary",
    "read_metrics",
    "review",
]
