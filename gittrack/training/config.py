"""What a training is to do: the model, the data's windows and split, the optimiser; checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, Self

from gittrack.adapt import to_plain
from gittrack.errors import UsageError, ValueRefusedError

MODEL_TYPES = ("mlp", "lstm", "gru", "cnn-lstm")
TASKS = ("regression", "classification")
SCALERS = ("standard", "minmax", "robust", "none")

_ALIASES = {"lr": "learning_rate", "epochs": "max_epochs"}


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Everything that decides a training, but for the data.

    Attributes:
        model_type: `mlp`, `lstm`, `gru` or `cnn-lstm`.
        task: `regression` or `classification`.
        target: the column to predict; of prices the one whose return is predicted, without it the
            mean of all.
        prices: whether the data are prices, which become log returns; without it they are where
            neither a target column nor `y` is given.
        window: rows that a prediction sees, its own the last; 1 for tables, 20 for prices.
        horizon: rows until a target is known; 0 for tables, 1 for prices. Of prices, the return
            over that many rows is predicted. No training target reaches into what comes after.
        hidden_size, num_layers: of the layers.
        dropout: share of units left out while training.
        channels, kernel_size: of the convolution in `cnn-lstm`.
        learning_rate, weight_decay, batch_size: of AdamW.
        clip_norm: the longest gradient.
        max_epochs: at most so many.
        patience: epochs without a lower validation loss after which it stops.
        min_delta: by how much it must be lower to count.
        train_share, validation_share: of the rows, in their order; the rest is the test part.
        scaler: `standard`, `minmax`, `robust` or `none`; fitted on the training part alone.
        shuffle: mix the rows first; for tables whose order means nothing.
        seed: of weights, batches and dropout.
        device: PyTorch's name of where to compute.

    Raises:
        ValueRefusedError: a value is none that can be; `path` names it.
    """

    model_type: str = "mlp"
    task: str = "regression"
    target: str | None = None
    prices: bool | None = None
    window: int | None = None
    horizon: int | None = None
    hidden_size: int = 32
    num_layers: int = 1
    dropout: float = 0.0
    channels: int = 16
    kernel_size: int = 3
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    batch_size: int = 64
    clip_norm: float = 1.0
    max_epochs: int = 100
    patience: int = 10
    min_delta: float = 0.0
    train_share: float = 0.7
    validation_share: float = 0.15
    scaler: str = "standard"
    shuffle: bool = False
    seed: int = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            _check_word(name, getattr(self, name), words)
        for name, (kind, low, high) in _NUMBERS.items():
            _check_number(name, getattr(self, name), kind, low, high)
        if self.train_share + self.validation_share >= 1:
            raise ValueRefusedError(
                f"train_share {self.train_share} and validation_share {self.validation_share} "
                "leave nothing to test on",
                path="validation_share",
                hint="their sum is below 1",
            )
        if self.shuffle and (self.prices or (self.window or 1) > 1):
            raise ValueRefusedError(
                "rows that are mixed have no windows",
                path="shuffle",
                hint="leave shuffle out: it is for tables, with window: 1",
            )

    @classmethod
    def from_mapping(cls, config: Mapping[str, object], **given: Any) -> Self:
        """The config that a mapping says; groups as in `{optimizer: {learning_rate: 0.01}}` are
        for order alone. `lr` and `epochs` are `learning_rate` and `max_epochs`.

        Raises:
            UsageError: a name is unknown, or there twice.
            ValueRefusedError: a value is none that can be.
        """
        values: dict[str, Any] = {}
        for path, value in _leaves(config, ()):
            name = _ALIASES.get(path[-1], path[-1])
            if name not in _NAMES:
                raise _unknown(".".join(path), name)
            if name in values:
                raise UsageError(f"the training config says {name} twice")
            values[name] = value
        return cls(**{**values, **given})

    def to_mapping(self) -> dict[str, Any]:
        """The config as plain data, which `from_mapping` takes."""
        return asdict(self)

    def settled(self, has_target: bool) -> TrainingConfig:
        """The same with what the data decides: prices or a table, its window and horizon."""
        prices = not has_target if self.prices is None else self.prices
        window = (20 if prices else 1) if self.window is None else self.window
        horizon = int(prices) if self.horizon is None else self.horizon
        if prices and horizon < 1:
            raise ValueRefusedError("a return lies 1 row ahead or more", path="horizon")
        return replace(self, prices=prices, window=window, horizon=horizon)


_NAMES = frozenset(field.name for field in fields(TrainingConfig))
_WORDS = {"model_type": MODEL_TYPES, "task": TASKS, "scaler": SCALERS}
_NUMBERS: dict[str, tuple[type, float, float]] = {
    "window": (int, 1, 100_000),
    "horizon": (int, 0, 100_000),
    "hidden_size": (int, 1, 16_384),
    "num_layers": (int, 1, 64),
    "dropout": (float, 0, 0.95),
    "channels": (int, 1, 4_096),
    "kernel_size": (int, 1, 1_001),
    "learning_rate": (float, 1e-12, 1e3),
    "weight_decay": (float, 0, 1e3),
    "batch_size": (int, 1, 1_000_000),
    "clip_norm": (float, 1e-12, 1e12),
    "max_epochs": (int, 1, 1_000_000),
    "patience": (int, 1, 1_000_000),
    "min_delta": (float, 0, 1e12),
    "train_share": (float, 0.01, 0.99),
    "validation_share": (float, 0.001, 0.99),
    "seed": (int, 0, 2**63 - 1),
}
_OPTIONAL = ("window", "horizon")


def _check_word(name: str, value: object, words: tuple[str, ...]) -> None:
    if value in words:
        return
    what = name.replace("_", " ")
    near = get_close_matches(str(value).lower().replace("_", "-"), words, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(words)}"
    raise ValueRefusedError(f"there is no {what} {str(value)[:60]!r}", path=name, hint=hint)


def _check_number(name: str, value: Any, kind: type, low: float, high: float) -> None:
    if value is None and name in _OPTIONAL:
        return
    kinds: Any = int if kind is int else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
        what = "a whole number" if kind is int else "a number"
        raise ValueRefusedError(
            f"{name} is {what} from {low:g} to {high:g}, not {str(value)[:60]!r}", path=name
        )


def _leaves(
    config: Mapping[Any, object], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in config.items():
        path = (*above, *str(key).split("."))
        if isinstance(value, Mapping):
            yield from _leaves(value, path)
        else:
            yield path, to_plain(value)


def _unknown(path: str, name: str) -> UsageError:
    near = get_close_matches(name, sorted(_NAMES), n=1)
    hint = f"did you mean {near[0]}?" if near else f"it knows {', '.join(sorted(_NAMES))}"
    return UsageError(f"the training config knows no {path[:100]!r}", hint=hint)
