"""What RunLogger computes and stores: the same as scikit-learn says, and read back with care."""

from __future__ import annotations

import json
import math
from collections import namedtuple
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from gittrack.errors import DataError, GittrackError, UsageError, ValueRefusedError
from gittrack.report import observations
from gittrack.report.classification import confusion, corners, precision_recall, roc
from gittrack.report.distributions import categories, distribution
from gittrack.report.hpo import hpo_data
from gittrack.report.record_blocks import blocks_of
from gittrack.report.records import (
    KINDS,
    Record,
    decode_record,
    encode_record,
    path_of,
    told_apart,
)
from gittrack.report.shapes import as_data, shape_of
from gittrack.report.studies import study_of_record

SAMPLES = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])), min_size=2
).filter(lambda rows: len({truth for truth, _ in rows}) == 2)


@settings(deadline=None)
@given(SAMPLES)
def test_roc_is_that_of_scikit_learn(rows: list[tuple[bool, float]]) -> None:
    """The curve has the same points, and the area is the same."""
    truth, scores = [t for t, _ in rows], [s for _, s in rows]
    found = roc(truth, scores)
    x, y, _ = metrics.roc_curve(truth, scores, drop_intermediate=False)
    assert np.allclose(found.x, x)
    assert np.allclose(found.y, y)
    assert found.area == pytest.approx(metrics.roc_auc_score(truth, scores))


@settings(deadline=None)
@given(SAMPLES)
def test_precision_and_recall_are_those_of_scikit_learn(rows: list[tuple[bool, float]]) -> None:
    """The curve has the same points, and so has the average precision."""
    truth, scores = [t for t, _ in rows], [s for _, s in rows]
    found = precision_recall(truth, scores)
    precision, recall, _ = metrics.precision_recall_curve(truth, scores)
    assert np.allclose(found.x, recall[::-1])
    assert np.allclose(found.y, precision[::-1])
    assert found.area == pytest.approx(metrics.average_precision_score(truth, scores))


@settings(deadline=None)
@given(SAMPLES)
def test_a_curve_without_what_lies_between_is_the_same(rows: list[tuple[bool, float]]) -> None:
    """Leaving out points on straight lines changes neither ends nor area."""
    found = roc([t for t, _ in rows], [s for _, s in rows])
    fewer = corners(found)
    assert (fewer.x[0], fewer.y[0], fewer.x[-1], fewer.y[-1]) == (0, 0, 1, 1)
    area = sum(
        (fewer.x[n] - fewer.x[n - 1]) * (fewer.y[n] + fewer.y[n - 1]) / 2
        for n in range(1, len(fewer.x))
    )
    assert area == pytest.approx(found.area, abs=1e-9)


def test_a_curve_of_many_samples_is_stored_in_few_points() -> None:
    """100,000 scores become a record of some kilobytes, with the exact area."""
    random = np.random.default_rng(0)
    truth = random.random(100_000) < 0.3
    scores = truth * 0.5 + random.normal(size=100_000)
    data = observations.curves_data(truth, scores, "roc", None, None)
    assert len(data["curves"][0]["x"]) < 900
    assert data["curves"][0]["area"] == pytest.approx(metrics.roc_auc_score(truth, scores))
    assert len(encode_record("roc", "ROC", data)) < 30_000


@pytest.mark.filterwarnings("ignore:A single label")
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1))
def test_the_confusion_matrix_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    """Rows are the truth, columns what was predicted, classes sorted."""
    truth, predicted = [t for t, _ in pairs], [p for _, p in pairs]
    found = confusion(truth, predicted)
    theirs = metrics.confusion_matrix(truth, predicted, labels=list(found.names))
    assert np.array_equal(found.counts, theirs)


def test_classes_that_are_numbers_are_sorted_as_such() -> None:
    """Class 10 comes after class 9."""
    assert confusion(["10", "9"], ["9", "9"]).names == ("9", "10")


@pytest.mark.parametrize(
    ("truth", "scores", "said"),
    [
        ([1, 0], [0.5], "2 true values and 1 predictions"),
        ([1, 1], [0.5, 0.1], "only one class"),
        ([1, 0], [math.nan, 0.1], "a score is NaN"),
        ([1, 0, 2], [0.1, 0.2, 0.3], "there are 3 classes, and one column of scores"),
        ([1, 0], ["x", "y"], "holds 'x', which is no number"),
        ([1, 0], 3, "y_score is no list"),
        ([1, 0], [[0.1, 0.2, 0.7], [0.2, 0.2, 0.6]], "3 columns, and there are 2 classes"),
    ],
)
def test_what_makes_no_curve_is_refused(truth: Any, scores: Any, said: str) -> None:
    """The message says what does not go together."""
    with pytest.raises(ValueRefusedError, match=said):
        observations.curves_data(truth, scores, "roc", None, None)


def test_each_class_has_a_curve_against_the_rest() -> None:
    """A matrix of scores makes a curve for each class, in any of the usual containers."""
    truth = [0, 1, 2, 0, 1, 2]
    scores = np.eye(3)[truth] * 0.5 + 0.1
    for given_scores in (scores, scores.tolist(), pd.DataFrame(scores)):
        found = observations.curves_data(pd.Series(truth), given_scores, "roc", None, None)
        assert [curve["name"] for curve in found["curves"]] == ["0", "1", "2"]
        assert [curve["area"] for curve in found["curves"]] == [1, 1, 1]


@given(st.lists(st.floats(), max_size=80))
def test_every_value_is_counted_once(values: list[float]) -> None:
    """A histogram counts each finite value, and what is missing is told apart."""
    found = distribution(values)
    assert sum(found.counts) == found.count
    assert found.count + found.missing == len(values)
    assert list(found.edges) == sorted(set(found.edges))


def test_whole_numbers_have_a_column_each() -> None:
    """Few whole numbers are counted one by one, not in bins between them."""
    found = distribution([1.0, 1.0, 2.0, 4.0])
    assert found.edges == (0.5, 1.5, 2.5, 3.5, 4.5)
    assert found.counts == (2, 1, 0, 1)


def test_rare_categories_are_others() -> None:
    """The most frequent texts are named, the rest is counted together."""
    found = categories([*"aab", None, *map(str, range(100))])
    assert found.names[:2] == ("a", "0") or found.names[0] == "a"
    assert found.count == 103
    assert found.missing == 1
    assert sum(found.counts) + found.others == 103


def test_tables_are_laid_over_one_another() -> None:
    """Two data frames share the edges of their histograms; texts and gaps are counted."""
    train = pd.DataFrame({"age": [1.5, 2.5, None], "kind": ["a", "b", None]})
    test = pd.DataFrame({"age": [9.5]})
    [age, kind] = observations.distribution_data({"train": train, "test": test}, None)["columns"]
    assert [(s["name"], sum(s["counts"])) for s in age["series"]] == [("train", 2), ("test", 1)]
    assert (age["count"], age["missing"]) == (3, 1)
    assert (kind["names"], kind["missing"]) == (("a", "b"), 1)


def test_keras_history_and_scores_of_folds_are_curves() -> None:
    """`history.history` and a matrix with a row for each size are taken; rows by their mean."""
    history = SimpleNamespace(history={"loss": [3.0, 2.0, 1.0]})
    [loss] = observations.line_data(history, None, "epoch", "")["series"]
    assert (loss["x"], loss["y"]) == ([1, 2, 3], [3, 2, 1])
    scores = np.array([[0.1, 0.3], [0.5, 0.7]])
    [test] = observations.line_data({"test": scores}, [10, 20], "samples", "")["series"]
    assert test["x"] == [10, 20]
    assert test["y"] == pytest.approx([0.2, 0.6])


def test_a_pipeline_is_told_part_by_part() -> None:
    """Steps follow one another, transformers stand side by side, changed parameters are named."""
    model = Pipeline(
        [
            (
                "prepare",
                ColumnTransformer(
                    [("scale", StandardScaler(), ["a", "b"]), ("drop", "drop", ["c"])]
                ),
            ),
            ("search", GridSearchCV(LogisticRegression(C=0.5), {"C": [1, 2]})),
        ]
    )
    shape = shape_of(model)
    prepare, search = shape.root.parts
    assert shape.framework == "scikit-learn"
    assert (prepare.parallel, [part.kind for part in prepare.parts]) == (
        True,
        ["StandardScaler", "drop"],
    )
    assert prepare.parts[0].name == "scale (a, b)"
    assert (search.kind, search.parts[0].facts) == ("GridSearchCV", "C=0.5")


def test_a_stack_ends_in_its_final_estimator() -> None:
    """The members of a stack are parallel, and the final estimator is below them."""
    members = [("one", LogisticRegression()), ("two", RandomForestClassifier())]
    stack = StackingClassifier(members, final_estimator=LogisticRegression())
    first, final = shape_of(stack).root.parts
    assert first.parallel
    assert (len(first.parts), final.name) == (2, "final")


class Weight(namedtuple("Weight", "count requires_grad")):
    """As much of a tensor as is looked at."""

    def numel(self) -> int:
        return int(self.count)


class Layer:
    """A module as PyTorch has it, as far as it is looked at."""

    def __init__(self, own: int = 0, frozen: bool = False, **children: Layer) -> None:
        self.own, self.frozen, self.children = own, frozen, children

    def named_children(self) -> Any:
        return self.children.items()

    def parameters(self) -> Any:
        yield Weight(self.own, not self.frozen)
        for child in self.children.values():
            yield from child.parameters()

    def extra_repr(self) -> str:
        return "in=4, out=2"


def test_a_module_is_told_with_its_parameters() -> None:
    """Children are parts; what learns is told from what is frozen."""
    shape = shape_of(Layer(head=Layer(own=10), body=Layer(own=5, frozen=True)))
    assert (shape.framework, shape.parameters, shape.trainable) == ("PyTorch", 15, 10)
    assert shape.root.parts[0].facts == "in=4, out=2, 10 parameters"


def test_a_keras_model_is_told_layer_by_layer() -> None:
    """Each layer has its class, its output's shape and its number of parameters."""
    dense = SimpleNamespace(
        name="dense", output=SimpleNamespace(shape=(None, 8)), count_params=lambda: 72, built=True
    )
    model = SimpleNamespace(
        name="net",
        layers=[dense],
        count_params=lambda: 72,
        trainable_weights=[SimpleNamespace(shape=(8, 8)), SimpleNamespace(shape=(8,))],
    )
    shape = shape_of(model)
    assert (shape.framework, shape.parameters, shape.trainable) == ("Keras", 72, 72)
    assert shape.root.parts[0].facts == "→ (None, 8), 72 parameters"


def test_what_is_no_model_is_refused() -> None:
    """The message says what can be passed."""
    with pytest.raises(ValueRefusedError, match="architecture of a int") as refused:
        shape_of(3)
    assert "PyTorch" in str(refused.value.hint)


def test_a_scaler_says_what_it_learnt() -> None:
    """Each feature has its mean and scale, by the names of the data frame."""
    frame = pd.DataFrame({"a": [1.0, 3.0], "b": [0.0, 10.0]})
    found = observations.scaler_data(StandardScaler().fit(frame), None)
    assert found["scaler"] == "StandardScaler"
    assert found["columns"][0] == {"name": "a", "mean": 2.0, "var": 1.0, "scale": 1.0}
    other = observations.scaler_data(MinMaxScaler().fit(frame.to_numpy()), ["x", "y"])
    assert other["columns"][1]["data_max"] == 10
    with pytest.raises(ValueRefusedError, match="has learnt nothing"):
        observations.scaler_data(OneHotEncoder(), None)


def samples() -> dict[str, dict[str, Any]]:
    """A record of each kind."""
    frame = pd.DataFrame({"a": [1.0, 3.0, 4.0], "b": ["x", "y", "x"]})
    return {
        "architecture": {
            "framework": "scikit-learn",
            "root": as_data(shape_of(LogisticRegression()).root),
        },
        "confusion": observations.confusion_data([0, 1], [0, 0], None),
        "curves": observations.line_data({"a": [1, 2]}, None, "epoch", ""),
        "distribution": observations.distribution_data(frame, None),
        "environment": {"facts": {"queue": "long"}},
        "hpo": hpo_data([{"params": {"a": 1}, "performance": 0.5}], {"value": "minimize"}),
        "importance": observations.importance_data({"a": 1, "b": 2.5}, None, [0.1, 0.2]),
        "pr": observations.curves_data([0, 1], [0.1, 0.9], "pr", None, None),
        "roc": observations.curves_data([0, 1], [0.1, 0.9], "roc", None, None),
        "scaler": observations.scaler_data(StandardScaler().fit(frame[["a"]]), None),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_back_and_shown(kind: str) -> None:
    """What is stored says its kind and version, and has something to show."""
    data = encode_record(kind, "A title", samples()[kind])
    record = decode_record("name", kind, data)
    assert (record.kind, record.title) == (kind, "A title")
    assert json.loads(data)["version"] == 1
    shown = [study_of_record(record.data)] if kind == "hpo" else blocks_of(record)
    assert shown


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.data(), st.sampled_from(KINDS), PLAIN)
def test_damaged_records_are_refused_and_nothing_else(
    data: st.DataObject, kind: str, other: Any
) -> None:
    """Whatever stands in place of a part: it is shown, or refused as damaged; no other error."""
    record = samples()[kind] if kind != "distribution" else {"columns": [{"kind": "number"}]}
    key = data.draw(st.sampled_from(sorted(record)))
    changed = {**record, key: other}
    value = record[key]
    if (
        isinstance(value, list)
        and value
        and isinstance(value[0], dict)
        and data.draw(st.booleans())
    ):
        inner = data.draw(st.sampled_from(sorted(value[0])))
        changed[key] = [{**value[0], inner: other}]
    read = Record("name", kind, "title", changed)
    with suppress(DataError):
        _ = study_of_record(changed) if kind == "hpo" else blocks_of(read)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b"\xff", b'{"format": "gittrack/pr"}', b"[" * 9999]
)
def test_what_is_no_record_is_refused(data: bytes) -> None:
    """Another kind, another shape, or no JSON at all."""
    with pytest.raises(DataError, match="the record 'x' is no"):
        decode_record("x", "roc", data)


def test_a_newer_version_is_refused_with_the_way_out() -> None:
    """A record of a version that is not known is not guessed at."""
    with pytest.raises(DataError, match="has version 2, not 1") as refused:
        decode_record("x", "roc", b'{"format": "gittrack/roc", "version": 2}')
    assert refused.value.hint == "a newer gittrack reads it"


def test_a_record_cannot_leave_its_folder() -> None:
    """A name that leads out of the run is refused."""
    assert path_of("test/roc") == "figures/test/roc.json"
    for name in ("../roc", "/roc", " "):
        with pytest.raises(UsageError):
            path_of(name)


class Trial(SimpleNamespace):
    """A trial as Optuna has it, as far as it is looked at."""


def test_an_optuna_study_is_taken_as_it_is() -> None:
    """Directions, states and intermediate values of a study are kept."""
    made = {"datetime_start": None, "datetime_complete": None}
    study = SimpleNamespace(
        directions=[SimpleNamespace(name="MINIMIZE")],
        trials=[
            Trial(
                number=0,
                state=SimpleNamespace(name="COMPLETE"),
                values=[0.5],
                params={"lr": 0.1},
                intermediate_values={0: 0.9, 1: 0.5},
                **made,
            ),
            Trial(
                number=1,
                state=SimpleNamespace(name="PRUNED"),
                values=None,
                params={"lr": 0.2},
                intermediate_values={},
                **made,
            ),
        ],
    )
    data = hpo_data(study, None)
    found = study_of_record(json.loads(encode_record("hpo", "", data)))
    assert [(o.name, o.lower) for o in found.objectives] == [("value", True)]
    assert found.states == ("FINISHED", "KILLED")
    assert found.curves == {"#0": [(0.0, 0.9), (1.0, 0.5)]}
    assert found.reasons == {"#1": "pruned"}


@pytest.mark.parametrize("study", [3, "text", {"a": 1}, [{"status": "ODD"}]])
def test_what_is_no_study_is_refused(study: Any) -> None:
    """A number, a text, one mapping, an unknown status."""
    with pytest.raises(GittrackError):
        hpo_data(study, None)


def test_records_of_one_title_are_told_apart_by_their_names() -> None:
    """Two ROC curves bear their names in a report; a title of its own stays as it is."""
    found = told_apart(
        [
            Record("roc", "roc", "ROC curve", {}),
            Record("test/roc", "roc", "ROC curve", {}),
            Record("pr", "pr", "Precision", {}),
        ]
    )
    assert [one.title for one in found] == ["ROC curve (roc)", "ROC curve (test/roc)", "Precision"]


def test_a_figure_without_a_text_for_its_name_is_refused() -> None:
    """Numbers that were given in the place of the name are a wrong call, told in a line."""
    with pytest.raises(UsageError, match="a figure needs a name"):
        path_of([0.1, 0.2])  # type: ignore[arg-type]
