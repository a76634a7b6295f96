"""Which values of a metric are the better ones."""

from __future__ import annotations

from typing import Literal

Direction = Literal["max", "min"]
"""Whether the largest value is the best one, or the smallest."""
