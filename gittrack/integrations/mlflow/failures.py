"""Errors as MLflow tells them, and the parts of MLflow that are not kept in git."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from mlflow.exceptions import MlflowException
from mlflow.protos import databricks_pb2 as codes

from gittrack.errors import AmbiguousError, ConflictError, GittrackError, NotFoundError
from gittrack.errors import RepositoryError as _RepositoryError

_Class = TypeVar("_Class", bound=type)


def missing(message: str) -> MlflowException:
    """There is no such thing."""
    return MlflowException(message, codes.RESOURCE_DOES_NOT_EXIST)


def invalid(message: str) -> MlflowException:
    """The call makes no sense."""
    return MlflowException(message, codes.INVALID_PARAMETER_VALUE)


def exists(message: str) -> MlflowException:
    """The name is taken."""
    return MlflowException(message, codes.RESOURCE_ALREADY_EXISTS)


@contextmanager
def told() -> Iterator[None]:
    """Errors of gittrack's become MLflow's, with the hint."""
    try:
        yield
    except GittrackError as error:
        text = error.message if error.hint is None else f"{error.message} ({error.hint})"
        raise MlflowException(text, _code(error)) from error


def _code(error: GittrackError) -> int:
    if isinstance(error, NotFoundError | AmbiguousError):
        return int(codes.RESOURCE_DOES_NOT_EXIST)
    if isinstance(error, ConflictError):
        return int(codes.TEMPORARILY_UNAVAILABLE)
    if isinstance(error, _RepositoryError):
        return int(codes.INTERNAL_ERROR)
    return int(codes.INVALID_PARAMETER_VALUE)


def telling(cls: _Class) -> _Class:
    """A class whose methods, its bases' of this package among them, raise MLflow's errors."""
    for name, method in _own_methods(cls).items():
        setattr(cls, name, _telling(method))
    return cls


def refusing(base: type, kept: Collection[str], what: str) -> Callable[[_Class], _Class]:
    """Has a class refuse every method of MLflow's base class that it does not define.

    MLflow's own do nothing and return `None`, so that a server would answer with an internal
    error. `kept` are those that work as they are.
    """

    def change(cls: _Class) -> _Class:
        own = _own_methods(cls)
        for name, method in inspect.getmembers(base, inspect.isfunction):
            if not name.startswith("_") and name not in own and name not in kept:
                setattr(cls, name, _refusal(name, method, what))
        return cls

    return change


def _own_methods(cls: type) -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for part in reversed(cls.__mro__):
        if part.__module__.startswith("gittrack."):
            found |= {k: v for k, v in vars(part).items() if inspect.isfunction(v)}
    return {name: method for name, method in found.items() if not name.startswith("__")}


def _telling(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*arguments: Any, **options: Any) -> Any:
        with told():
            return method(*arguments, **options)

    return call


def _refusal(name: str, method: Callable[..., Any], what: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*_: Any, **__: Any) -> Any:
        raise invalid(f"gittrack keeps {what}, and does not support {name}")

    return call
