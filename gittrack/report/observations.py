"""What a script knows of its model and data, as the data of records; pure."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from gittrack.errors import ValueRefusedError
from gittrack.report.classification import Curve, confusion, corners, precision_recall, roc
from gittrack.report.distributions import categories, distribution
from gittrack.report.shapes import as_data, shape_of
from gittrack.report.thinning import thinned
from gittrack.report.values import columns_of, labels, listed, numbers, rows_of_numbers

MOST_POINTS = 2000
MOST_COLUMNS = 200
MOST_CLASSES = 20
_PLAIN = (str, int, float, bool, type(None))

Data = dict[str, Any]


def curves_data(
    truth: Any, scores: Any, kind: str, classes: Sequence[str] | None, positive: object
) -> Data:
    """ROC (`roc`) or precision-recall (`pr`) curves: one, or one against the rest for each class
    where scores are a matrix with a column for each.

    Raises:
        ValueRefusedError: they do not go together.
    """
    actual = labels(truth, "y_true")
    compute = roc if kind == "roc" else precision_recall
    found: list[Data] = []
    for name, column, label in _columns(actual, scores, classes, positive):
        curve = compute([one == label for one in actual], column)
        found.append(_curve_data(name, corners(curve)))
    return {"curves": found}


def _columns(
    actual: Sequence[str], scores: Any, classes: Sequence[str] | None, positive: object
) -> list[tuple[str, list[float], str]]:
    """For each curve its name, its scores, and the class that they are the scores of."""
    rows = listed(scores, "y_score")
    wide = len(rows[0]) if rows and hasattr(rows[0], "__len__") else 1
    known = [str(name) for name in classes] if classes is not None else sorted(set(actual))
    if wide == 1:
        return [("", numbers(rows, "y_score"), _positive(known, positive))]
    if len(known) != wide:
        raise ValueRefusedError(
            f"y_score has {wide} columns, and there are {len(known)} classes",
            hint="name them in the order of the columns: classes=[…]",
        )
    matrix = rows_of_numbers(rows, "y_score")
    if wide == 2:
        return [("", [row[1] for row in matrix], known[1])]
    there = set(actual)
    shown = [(place, name) for place, name in enumerate(known) if name in there][:MOST_CLASSES]
    return [(name, [row[place] for row in matrix], name) for place, name in shown]


def _positive(known: Sequence[str], positive: object) -> str:
    """The class whose scores are given: the one that is named, else the last of two."""
    if positive is not None:
        [label] = labels([positive], "positive")
        return label
    if len(known) > 2:
        raise ValueRefusedError(
            f"there are {len(known)} classes, and one column of scores",
            hint="name the class that they are of: positive=…",
        )
    return "True" if "True" in known else known[-1] if known else ""


def _curve_data(name: str, curve: Curve) -> Data:
    x, y = ([round(value, 6) for value in axis] for axis in (curve.x, curve.y))
    return {"name": name, "area": curve.area, "positives": curve.positives, "x": x, "y": y}


def confusion_data(truth: Any, predicted: Any, classes: Sequence[str] | None) -> Data:
    """A confusion matrix. Raises ValueRefusedError where the two do not go together."""
    names = None if classes is None else [str(name) for name in classes]
    found = confusion(labels(truth, "y_true"), labels(predicted, "y_pred"), names)
    return {"names": list(found.names), "counts": [list(row) for row in found.counts]}


def matrix_data(matrix: Any, classes: Sequence[str] | None) -> Data:
    """A confusion matrix that was counted already."""
    counts = rows_of_numbers(matrix, "matrix")
    names = [str(n) for n in classes] if classes is not None else list(map(str, range(len(counts))))
    if len(names) != len(counts) or any(len(row) != len(counts) for row in counts):
        raise ValueRefusedError(f"a matrix of {len(names)} classes has as many rows and columns")
    return {"names": names, "counts": counts}


def line_data(curves: Any, x: Any, x_label: str, y_label: str) -> Data:
    """Curves by name: lists, matrices of a row for each x (their means count), Keras's history.

    Raises:
        ValueRefusedError: a curve has not as many points as `x`.
    """
    named = getattr(curves, "history", curves)
    if not isinstance(named, Mapping):
        raise ValueRefusedError("learning curves are a mapping of names to lists of numbers")
    series = []
    for name, values in named.items():
        y = _means(values, str(name))
        across = list(map(float, range(1, len(y) + 1))) if x is None else numbers(x, "x")
        if len(across) != len(y):
            raise ValueRefusedError(f"{name} has {len(y)} points, and x has {len(across)}")
        kept = thinned(y, MOST_POINTS)
        points = {"x": [across[n] for n in kept], "y": [y[n] for n in kept]}
        series.append({"name": str(name), **points})
    return {"x_label": x_label, "y_label": y_label, "series": series}


def _means(values: Any, name: str) -> list[float]:
    rows = listed(values, name)
    if rows and hasattr(rows[0], "__len__") and not isinstance(rows[0], str):
        return [statistics.fmean(row) for row in rows_of_numbers(rows, name)]
    return numbers(rows, name)


def distribution_data(data: Any, names: Sequence[str] | None) -> Data:
    """The distribution of each column of a table; of several tables by name, laid over another.

    Raises:
        ValueRefusedError: it is no table, list or array.
    """
    if isinstance(data, Mapping) and data and all(map(_is_table, data.values())):
        parts = {str(name): columns_of(table, names) for name, table in data.items()}
    else:
        parts = {"": columns_of(data, names)}
    columns = list(dict.fromkeys(name for part in parts.values() for name in part))
    shown = columns[:MOST_COLUMNS]
    found = [
        _column_data(name, {p: c[name] for p, c in parts.items() if name in c}) for name in shown
    ]
    return {"columns": found, "left_out": len(columns) - len(shown)}


def _is_table(value: Any) -> bool:
    return hasattr(value, "columns") or isinstance(value, Mapping)


def _column_data(name: str, parts: Mapping[str, Any]) -> Data:
    values = {part: listed(column, name) for part, column in parts.items()}
    together = [value for part in values.values() for value in part]
    if any(isinstance(value, str) for value in together):
        texts = [None if _is_missing(value) else str(value) for value in together]
        return {"name": name, "kind": "category", **asdict(categories(texts))}
    known = {part: [_number(value, name) for value in each] for part, each in values.items()}
    whole = distribution([value for part in known.values() for value in part])
    data = {"name": name, "kind": "number", **asdict(whole)}
    if len(known) > 1 and whole.edges:
        data["series"] = [
            {"name": part, "counts": _counts(each, whole.edges)} for part, each in known.items()
        ]
    return data


def _is_missing(value: Any) -> bool:
    return value is None or value != value


def _number(value: Any, name: str) -> float:
    return float("nan") if value is None else numbers([value], name)[0]


def _counts(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    counts = [0] * (len(edges) - 1)
    for value in values:
        if edges[0] <= value <= edges[-1]:
            counts[min(bisect_right(edges, value) - 1, len(counts) - 1)] += 1
    return counts


def importance_data(values: Any, names: Sequence[str] | None, deviations: Any) -> Data:
    """A number for each feature; from a mapping, a list with names, or a fitted estimator.

    Raises:
        ValueRefusedError: there are more or fewer names than numbers.
    """
    if isinstance(values, Mapping):
        names, values = list(values), list(values.values())
    elif hasattr(values, "feature_importances_"):
        names = _feature_names(values, names)
        values = values.feature_importances_
    found = numbers(values, "values")
    told = (
        [str(n) for n in names]
        if names is not None
        else [f"feature {n}" for n in range(len(found))]
    )
    if len(told) != len(found):
        raise ValueRefusedError(f"{len(told)} names for {len(found)} features")
    data: Data = {"names": told, "values": found}
    if deviations is not None:
        spread = numbers(deviations, "deviations")
        if len(spread) != len(found):
            raise ValueRefusedError(f"{len(spread)} deviations for {len(found)} features")
        data["low"] = [v - d for v, d in zip(found, spread, strict=True)]
        data["high"] = [v + d for v, d in zip(found, spread, strict=True)]
    return data


def _feature_names(estimator: Any, names: Sequence[str] | None) -> Sequence[str] | None:
    known = getattr(estimator, "feature_names_in_", None)
    return listed(known, "names") if names is None and known is not None else names


def scaler_data(scaler: Any, names: Sequence[str] | None) -> Data:
    """What a fitted scaler learnt of each feature, and how it was made.

    Raises:
        ValueRefusedError: it is not fitted, or no scaler.
    """
    found = {
        key.rstrip("_"): numbers(value, key)
        for key in _LEARNT
        if (value := getattr(scaler, key, None)) is not None and hasattr(value, "__len__")
    }
    if not found:
        raise ValueRefusedError(
            f"the {type(scaler).__name__} has learnt nothing yet, or is no scaler",
            hint="fit it first",
        )
    count = max(map(len, found.values()))
    given = _feature_names(scaler, names)
    told = [str(n) for n in given] if given is not None else [f"feature {n}" for n in range(count)]
    columns = [
        {"name": name, **{key: values[n] for key, values in found.items() if n < len(values)}}
        for n, name in enumerate(told)
    ]
    params = scaler.get_params() if hasattr(scaler, "get_params") else {}
    plain = {k: v if isinstance(v, _PLAIN) else str(v)[:80] for k, v in params.items()}
    return {"scaler": type(scaler).__name__, "params": plain, "columns": columns}


_LEARNT = (
    "mean_",
    "var_",
    "center_",
    "scale_",
    "min_",
    "data_min_",
    "data_max_",
    "max_abs_",
    "lambdas_",
)


def architecture_data(model: Any) -> Data:
    """How a model is put together. Raises ValueRefusedError where that is not known."""
    shape = shape_of(model)
    data: Data = {"framework": shape.framework, "root": as_data(shape.root)}
    if shape.parameters is not None:
        data["parameters"] = shape.parameters
    if shape.trainable is not None:
        data["trainable"] = shape.trainable
    return data
