"""What differs between configs, typed and place by place; pure."""

from gittrack.diff.change import MISSING, Change, Kind, Missing
from gittrack.diff.compare import compare
from gittrack.diff.table import Row, compare_many
from gittrack.diff.values import Leaf, flatten, same
from gittrack.query.paths import Key, Path, Position, path_text

__all__ = [
    "MISSING",
    "Change",
    "Key",
    "Kind",
    "Leaf",
    "Missing",
    "Path",
    "Position",
    "Row",
    "compare",
    "compare_many",
    "flatten",
    "path_text",
    "same",
]
