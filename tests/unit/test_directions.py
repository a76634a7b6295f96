"""Which way an experiment's objectives are to go."""

from __future__ import annotations

from typing import Any

import pytest

from gittrack.tracking.directions import said_direction


@pytest.mark.parametrize(
    ("facts", "objective", "way"),
    [
        ({}, "value", None),
        ({"optuna": {"directions": ["minimize"]}}, "value", "min"),
        ({"optuna": {"directions": ["maximize"]}}, "anything", "max"),
        ({"optuna": {"directions": ["minimize", "maximize"]}}, "value_1", "max"),
        ({"optuna": {"directions": ["minimize", "maximize"]}}, "value_2", None),
        ({"optuna": {"directions": ["minimize", "maximize"]}}, "accuracy", None),
        ({"optuna": {"directions": []}}, "value", None),
        ({"optuna": {"directions": "minimize"}}, "value", None),
        ({"config": {"direction": "MINIMIZE"}}, "value", "min"),
        ({"config": {"directions": {"a": "max"}, "direction": "min"}}, "a", "max"),
        ({"config": {"directions": {"a": "max"}, "direction": "min"}}, "b", "min"),
        ({"config": {"direction": 3}}, "value", None),
        ({"config": ["direction"]}, "value", None),
    ],
)
def test_direction_is_read_where_it_is_said(
    facts: dict[str | int, Any], objective: str, way: str | None
) -> None:
    """Optuna's list goes by place, a config's by name; what is no direction says nothing."""
    assert said_direction(facts, objective) == way
