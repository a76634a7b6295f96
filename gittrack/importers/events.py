"""TensorBoard's events: scalars and hyperparameters out of their protobufs; pure.

Field numbers: tensorboard/compat/proto/{event,summary,tensor}.proto and
tensorboard/plugins/hparams/{plugin_data,api}.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gittrack.importers.series import Series, time_or_none
from gittrack.importers.wire import (
    Value,
    WireError,
    as_bytes,
    as_double,
    as_signed,
    as_text,
    fields,
)

_TENSORS = {1: ("f", 4), 2: ("d", 8), 3: ("i", 4), 9: ("q", 8), 19: ("e", 2)}
"""How a tensor's content is written: float, double, int32, int64 and half, by its data type."""

_VALUES = {5, 6, 7, 10}
_KINDS = {3: "histograms", 4: "images", 5: "histograms", 6: "audio clips"}
_END = {1: "FINISHED", 2: "FAILED", 3: "RUNNING"}


@dataclass(slots=True)
class Events:
    """What the events of one run say; times are seconds since the epoch."""

    series: dict[str, Series] = field(default_factory=dict)
    hparams: dict[str, Any] = field(default_factory=dict)
    first: float | None = None
    last: float | None = None
    end_status: str | None = None
    left: Callable[[str], object] = lambda _: None
    _plugins: dict[str, str] = field(default_factory=dict)

    def take(self, data: bytes) -> None:
        """Take an event in.

        Raises:
            WireError: it is none.
        """
        time, step, summary = 0.0, 0, None
        for number, value in fields(data):
            if number == 1:
                time = as_double(value)
            elif number == 2:
                step = as_signed(value)
            elif number == 5:
                summary = as_bytes(value)
        if time_or_none(time) is None:
            raise WireError("its time is not of the years 1000-9999")
        self.first = time if self.first is None else min(self.first, time)
        self.last = time if self.last is None else max(self.last, time)
        for number, value in fields(summary or b""):
            if number == 1:
                self._take_value(as_bytes(value), step, time)

    def _take_value(self, data: bytes, step: int, time: float) -> None:
        found: dict[int, Value] = dict(fields(data))
        tag = as_text(found.get(1, b""))
        if 9 in found:
            self._take_metadata(tag, as_bytes(found[9]))
        if 2 in found:
            self._add(tag, step, time, as_double(found[2]))
        elif 8 in found:
            plugin = self._plugins.get(tag, "")
            value = _single(as_bytes(found[8])) if plugin in ("scalars", "") else None
            if value is not None:
                self._add(tag, step, time, value)
            elif plugin != "hparams":
                self.left(plugin or "tensors")
        else:
            for number in _KINDS.keys() & found.keys():
                self.left(_KINDS[number])

    def _add(self, tag: str, step: int, time: float, value: float) -> None:
        series = self.series.get(tag)
        if series is None:
            series = self.series[tag] = Series()
        series.add(step, time, value)

    def _take_metadata(self, tag: str, data: bytes) -> None:
        for number, value in fields(data):
            if number != 1:
                continue
            plugin: dict[int, Value] = dict(fields(as_bytes(value)))
            name = as_text(plugin.get(1, b""))
            self._plugins[tag] = name
            if name == "hparams":
                self._take_hparams(as_bytes(plugin.get(2, b"")))

    def _take_hparams(self, data: bytes) -> None:
        for number, value in fields(data):
            if number == 3:
                for inner, entry in fields(as_bytes(value)):
                    if inner == 1:
                        pair: dict[int, Value] = dict(fields(as_bytes(entry)))
                        key = as_text(pair.get(1, b""))
                        self.hparams[key] = _plain(as_bytes(pair.get(2, b"")))
            elif number == 4:
                status = dict(fields(as_bytes(value))).get(1, 0)
                self.end_status = _END.get(as_signed(status))


def _plain(data: bytes) -> Any:
    """A `google.protobuf.Value` that is no list and no mapping."""
    for number, value in fields(data):
        if number == 2:
            found = as_double(value)
            return int(found) if found.is_integer() and abs(found) < 1e15 else found
        if number == 3:
            return as_text(value)
        if number == 4:
            return bool(value)
    return None


def _single(data: bytes) -> float | None:
    """The number in a tensor that holds one; `None` of any other."""
    kind, content, values = 0, b"", b""
    for number, value in fields(data):
        if number == 1:
            kind = as_signed(value)
        elif number == 4:
            content = as_bytes(value)
        elif number in _VALUES:
            if isinstance(value, int):
                return float(as_signed(value))
            values = value
    letter, size = _TENSORS.get(kind, ("", 0))
    raw = content or values
    if not letter or len(raw) != size or (values and kind in (3, 9)):
        return None
    return float(struct.unpack(f"<{letter}", raw)[0])
