"""How a model is put together, asked of the model itself: scikit-learn, PyTorch, Keras.

Nothing is imported: a model of a library can exist only where the library is loaded already.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gittrack.errors import ValueRefusedError
from gittrack.report.figures import Node

_SHOWN_PARAMS = 3
_LONGEST = 60
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Shape:
    """A model's parts, what it was made with, and its numbers of parameters, where known."""

    framework: str
    root: Node
    parameters: int | None = None
    trainable: int | None = None


def shape_of(model: Any) -> Shape:
    """The shape of a model.

    Raises:
        ValueRefusedError: it is of no kind that is known.
    """
    if hasattr(model, "named_children") and hasattr(model, "parameters"):
        return Shape("PyTorch", _torch(model, "", 0), *_counted(model.parameters()))
    if hasattr(model, "count_params") and hasattr(model, "layers"):
        total = model.count_params() if getattr(model, "built", True) else None
        trainable = _keras_size(getattr(model, "trainable_weights", ()))
        return Shape("Keras", _keras(model, 0), total, trainable)
    if hasattr(model, "get_params"):
        return Shape("scikit-learn", _sklearn(model, "", 0))
    raise ValueRefusedError(
        f"the architecture of a {type(model).__name__} is not known",
        hint="pass a scikit-learn estimator, a PyTorch module or a Keras model",
    )


def as_data(node: Node) -> dict[str, Any]:
    """The node as plain data; what says nothing is left out."""
    data: dict[str, Any] = {"name": node.name, "kind": node.kind}
    if node.facts:
        data["facts"] = node.facts
    if node.parts:
        data["parts"] = [as_data(part) for part in node.parts]
    return {**data, "parallel": True} if node.parallel else data


def _torch(module: Any, name: str, depth: int) -> Node:
    children = list(module.named_children()) if depth < _DEEPEST else []
    total, _ = _counted(module.parameters())
    told = [] if children else [str(module.extra_repr())[:_LONGEST]]
    told += [_size_text(total)] if total else []
    parts = tuple(_torch(child, key, depth + 1) for key, child in children)
    return Node(name, type(module).__name__, ", ".join(filter(None, told)), parts)


def _counted(parameters: Iterable[Any]) -> tuple[int, int]:
    known = [(p.numel(), bool(getattr(p, "requires_grad", True))) for p in parameters]
    return sum(size for size, _ in known), sum(size for size, learns in known if learns)


def _keras(layer: Any, depth: int) -> Node:
    layers = list(getattr(layer, "layers", ())) if depth < _DEEPEST else []
    parts = tuple(_keras(each, depth + 1) for each in layers)
    told = []
    if not parts:
        shape = getattr(getattr(layer, "output", None), "shape", None)
        told.append("" if shape is None else f"→ {tuple(shape)}")
        is_built = getattr(layer, "built", True)
        told.append(_size_text(layer.count_params()) if is_built else "")
    facts = ", ".join(filter(None, told))
    return Node(str(getattr(layer, "name", "")), type(layer).__name__, facts, parts)


def _keras_size(weights: Iterable[Any]) -> int | None:
    sizes = [math.prod(int(side) for side in weight.shape) for weight in weights]
    return sum(sizes) if sizes else None


def _size_text(count: int) -> str:
    return f"{count:,} parameters" if count else ""


def _sklearn(model: Any, name: str, depth: int) -> Node:
    kind = model if isinstance(model, str) else type(model).__name__
    if isinstance(model, str) or depth > _DEEPEST:
        return Node(name, kind)  # `passthrough` and `drop`
    for attribute, parallel in _MEMBERS.items():
        members = getattr(model, attribute, None)
        if isinstance(members, list) and members and isinstance(members[0], tuple):
            parts = [_sklearn(one[1], _member_name(one), depth + 1) for one in members]
            return _with_final(model, Node(name, kind, "", tuple(parts), parallel), depth)
    inner = model.get_params(deep=False).get("estimator")  # a forest has its tree elsewhere
    if hasattr(inner, "get_params"):
        return Node(name, kind, _changed(model), (_sklearn(inner, "", depth + 1),))
    return Node(name, kind, _changed(model))


_MEMBERS = {"steps": False, "transformers": True, "transformer_list": True, "estimators": True}
"""Where scikit-learn's compositions keep their members, and whether these are parallel."""


def _member_name(member: tuple[Any, ...]) -> str:
    """The name of a member; with the columns that it gets, in a `ColumnTransformer`."""
    columns = member[2] if len(member) > 2 else None
    if not isinstance(columns, list | tuple):
        return str(member[0])
    shown = ", ".join(map(str, columns[:_SHOWN_PARAMS]))
    more = f", … {len(columns)} columns" if len(columns) > _SHOWN_PARAMS else ""
    return f"{member[0]} ({shown}{more})"


def _with_final(model: Any, node: Node, depth: int) -> Node:
    """A stack's members, and below them the estimator that takes what they say."""
    final = getattr(model, "final_estimator", None)
    if final is None or not hasattr(final, "get_params"):
        return node
    members = Node("", "members", "", node.parts, parallel=True)
    return Node(node.name, node.kind, "", (members, _sklearn(final, "final", depth + 1)))


def _changed(model: Any) -> str:
    """The parameters that are not the class's defaults, in a few words."""
    try:
        known: Mapping[str, inspect.Parameter] = inspect.signature(type(model)).parameters
        params = model.get_params(deep=False)
    except (TypeError, ValueError):
        return ""
    told = [
        f"{key}={str(value)[:20]}"
        for key, value in params.items()
        if key in known
        and not hasattr(value, "get_params")
        and not _same(value, known[key].default)
    ]
    more = [f"{len(told) - _SHOWN_PARAMS} more"] if len(told) > _SHOWN_PARAMS else []
    return ", ".join([*told[:_SHOWN_PARAMS], *more])


def _same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    simple = str | int | float | bool
    return isinstance(value, simple) and isinstance(default, simple) and value == default
