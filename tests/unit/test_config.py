"""`ExperimentConfig`: what its hash depends on, its round trips, and what it refuses."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gittrack import canonical
from gittrack.config import (
    ExperimentConfig,
    create_experiment_from_scoring_config,
    from_json_data,
    to_json_data,
)
from gittrack.errors import SourceError, ValueRefusedError


def momentum(**changes: Any) -> ExperimentConfig:
    values: dict[str, Any] = {
        "feature_names": ["volatility", "momentum"],
        "feature_weights": {"momentum": 0.7, "volatility": -0.3},
        "feature_transformations": {"momentum": "zscore", "volatility": {"kind": "rank"}},
        "hyperparameters": {"lookback": 12, "layers": [1, 2], "nested": {"b": 1, "a": None}},
        "description": "first try",
        "tags": ["baseline", "2024"],
    }
    return ExperimentConfig(**values | changes)


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec="utf-8"), max_size=12)
)
texts = st.text(st.characters(codec="utf-8"), max_size=8)
plain = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(texts | st.integers(), inner, max_size=3)
        | st.dictionaries(st.sampled_from(["__float__", "__items__"]), inner, max_size=2)
    ),
    max_leaves=8,
)
sections = st.dictionaries(texts, plain, max_size=4)
configs = st.builds(
    ExperimentConfig,
    feature_names=st.lists(texts, unique=True, max_size=4),
    feature_weights=sections,
    feature_transformations=sections,
    hyperparameters=sections,
    description=texts,
    tags=st.lists(texts, max_size=3),
)


class TestHash:
    def test_is_the_sha256_of_the_canonical_yaml_of_the_config(self) -> None:
        """`sha256sum` of the registered file is the hash."""
        config = momentum()
        assert config.config_hash == hashlib.sha256(canonical.emit(config.config)).hexdigest()

    def test_is_fixed(self) -> None:
        """The hash of a config written long ago never changes."""
        text = (
            "feature_names:\n  - a\n  - b\n"
            "feature_weights:\n  a: 0.5\n  b: 1\n"
            "hyperparameters:\n  lr: 1.0e-07\n"
        )
        config = ExperimentConfig(["b", "a"], {"a": 0.5, "b": 1}, {}, {"lr": 1e-7})
        assert config.config_hash == hashlib.sha256(text.encode()).hexdigest()

    def test_does_not_depend_on_order(self) -> None:
        """Features and keys may come in any order."""
        other = momentum(
            feature_names=["momentum", "volatility"],
            feature_weights={"volatility": -0.3, "momentum": 0.7},
            hyperparameters={"nested": {"a": None, "b": 1}, "layers": [1, 2], "lookback": 12},
        )
        assert other.config_hash == momentum().config_hash
        assert other == momentum()

    def test_does_not_depend_on_description_and_tags(self) -> None:
        """What people say about a config is no part of its identity."""
        other = momentum(description="again", tags=[])
        assert other.config_hash == momentum().config_hash
        assert other != momentum()

    @pytest.mark.parametrize(
        "change",
        [
            {"feature_names": ["momentum"]},
            {"feature_weights": {"momentum": 0.7, "volatility": 0.3}},
            {"feature_transformations": {}},
            {"hyperparameters": {"lookback": 12.0}},
        ],
    )
    def test_depends_on_every_section(self, change: dict[str, Any]) -> None:
        """A change in any section is another config."""
        assert momentum(**change).config_hash != momentum().config_hash

    def test_leaves_empty_sections_out(self) -> None:
        """A section added to the format later changes no old hash."""
        assert ExperimentConfig(["a"]).config == {"feature_names": ["a"]}
        assert ExperimentConfig().config == {}

    def test_order_inside_hyperparameters_counts(self) -> None:
        """Only the order of features is without meaning; other lists keep theirs."""
        first = ExperimentConfig(hyperparameters={"layers": [1, 2]})
        assert first.config_hash != ExperimentConfig(hyperparameters={"layers": [2, 1]}).config_hash

    def test_takes_numpy_values(self) -> None:
        """NumPy names, weights and values hash like the Python ones."""
        made = ExperimentConfig(
            np.array(["a", "b"]), np.array([0.5, 1.5]), {}, {"n": np.int64(3), "w": np.arange(2)}
        )
        assert made == ExperimentConfig(["a", "b"], [0.5, 1.5], {}, {"n": 3, "w": [0, 1]})

    def test_takes_a_pandas_series_as_weights(self) -> None:
        """A Series maps its labels to weights."""
        pandas = pytest.importorskip("pandas")
        made = ExperimentConfig(["a", "b"], pandas.Series({"b": 2.0, "a": 1.0}))
        assert made.feature_weights == {"a": 1.0, "b": 2.0}


class TestValue:
    def test_is_frozen(self) -> None:
        """Neither a section nor what is in it can be replaced."""
        config = momentum()
        with pytest.raises(AttributeError):
            config.description = "other"  # type: ignore[misc]
        with pytest.raises(TypeError):
            config.hyperparameters["lookback"] = 1  # type: ignore[index]

    def test_does_not_follow_the_callers_objects(self) -> None:
        """What the caller changes later does not change the config."""
        given: dict[str, Any] = {"layers": [1]}
        config = ExperimentConfig(hyperparameters=given)
        given["layers"].append(2)
        config.hyperparameters["layers"].append(3)
        assert config.config == {"hyperparameters": {"layers": [1]}}
        assert config.to_dict()["hyperparameters"] == {"layers": [1]}

    def test_keeps_the_order_of_features_for_reading(self) -> None:
        """The features are listed as given; only the hash sorts them."""
        assert momentum().feature_names == ("volatility", "momentum")
        assert momentum().config["feature_names"] == ["momentum", "volatility"]

    def test_can_be_copied_pickled_and_put_into_a_set(self) -> None:
        """Configs travel to worker processes and serve as keys."""
        config = momentum()
        assert pickle.loads(pickle.dumps(config)) == config
        assert copy.deepcopy(config) == config
        assert {config, momentum()} == {config}

    def test_nan_equals_itself(self) -> None:
        """Equality is that of the written form."""
        assert ExperimentConfig(hyperparameters={"x": math.nan}) == ExperimentConfig(
            hyperparameters={"x": math.nan}
        )

    def test_parallel_weights_become_a_mapping(self) -> None:
        """Weights in a sequence belong to the features in their order."""
        config = ExperimentConfig(["b", "a"], [2.0, 1.0])
        assert config.feature_weights == {"b": 2.0, "a": 1.0}

    def test_repr_can_be_read_back(self) -> None:
        """The repr is an expression for an equal config."""
        assert eval(repr(momentum())) == momentum()


class TestRefusals:
    def test_duplicate_feature(self) -> None:
        """A feature named twice is an error that names it."""
        with pytest.raises(ValueRefusedError, match="'a' is named twice") as caught:
            ExperimentConfig(["a", "b", "a"])
        assert caught.value.path == "feature_names[2]"

    def test_wrong_number_of_weights(self) -> None:
        """Parallel weights must be as many as the features."""
        with pytest.raises(ValueRefusedError, match="1 weights for 2 features"):
            ExperimentConfig(["a", "b"], [1.0])

    def test_one_string_for_many_names(self) -> None:
        """A bare string is not taken for a sequence of letters."""
        with pytest.raises(ValueRefusedError, match="feature_names is one string"):
            ExperimentConfig("momentum")

    def test_value_that_cannot_be_written(self) -> None:
        """The error leads to the culprit."""
        with pytest.raises(ValueRefusedError) as caught:
            ExperimentConfig(hyperparameters={"a": [1, {2}]})
        assert "hyperparameters" in caught.value.path

    def test_section_that_is_no_mapping(self) -> None:
        """A list where a mapping belongs is an error."""
        with pytest.raises(ValueRefusedError, match="hyperparameters is list"):
            ExperimentConfig(hyperparameters=[1])  # type: ignore[arg-type]

    def test_unknown_key(self) -> None:
        """A misspelt key is named, with the nearest known one."""
        with pytest.raises(ValueRefusedError, match="feature_wieghts") as caught:
            ExperimentConfig.from_dict({"feature_wieghts": {}})
        assert caught.value.hint == "did you mean feature_weights?"

    def test_wrong_hash(self) -> None:
        """Values edited behind the hash's back are refused."""
        data = momentum().to_dict()
        data["hyperparameters"]["lookback"] = 6
        with pytest.raises(ValueRefusedError, match="config_hash is"):
            ExperimentConfig.from_dict(data)

    @pytest.mark.parametrize("text", ["{", "[1]", '"x"', b"\xff{"])
    def test_json_that_is_no_config(self, text: str | bytes) -> None:
        """Broken JSON, and JSON that is no object, is a clear error."""
        with pytest.raises(SourceError):
            ExperimentConfig.from_json(text)

    @pytest.mark.parametrize("text", ["a: [", "- 1", "tags: []\n---\ntags: []\n"])
    def test_yaml_that_is_no_config(self, text: str) -> None:
        """Broken YAML, YAML that is no mapping and several documents are clear errors."""
        with pytest.raises(SourceError):
            ExperimentConfig.from_yaml(text)


class TestRoundTrips:
    @pytest.mark.slow
    @given(configs)
    def test_dict_json_yaml(self, config: ExperimentConfig) -> None:
        """Every way out has a way back to an equal config, hash included."""
        for back in (
            ExperimentConfig.from_dict(config.to_dict()),
            ExperimentConfig.from_json(config.to_json()),
            ExperimentConfig.from_yaml(config.to_yaml()),
        ):
            assert back == config
            assert back.config_hash == config.config_hash
            assert back.feature_names == config.feature_names

    @given(plain)
    def test_json_data(self, value: Any) -> None:
        """Strict JSON carries every plain value there and back."""
        text = json.dumps(to_json_data(value), allow_nan=False)
        assert canonical.emit({"v": from_json_data(json.loads(text))}) == canonical.emit(
            {"v": value}
        )

    def test_json_is_strict(self) -> None:
        """Other languages can read the JSON: no bare NaN in it."""
        text = ExperimentConfig(hyperparameters={"a": math.nan, "b": -math.inf}).to_json()
        values = json.loads(text, parse_constant=pytest.fail)["hyperparameters"]
        assert values == {"a": {"__float__": "nan"}, "b": {"__float__": "-inf"}}

    def test_hand_written_yaml(self) -> None:
        """A file with some sections, comments and flow style is read."""
        config = ExperimentConfig.from_yaml(
            "# mine\nfeature_names: [b, a]\nhyperparameters: {lr: 0.1}\ntags: [x]\n"
        )
        assert config == ExperimentConfig(["a", "b"], hyperparameters={"lr": 0.1}, tags=["x"])


class TestSummary:
    def test_says_all_that_matters(self) -> None:
        """Hash, description, tags, features with weights, transformations, hyperparameters."""
        config = momentum()
        assert config.summary().splitlines() == [
            f"config {config.config_hash[:12]}: first try",
            "  tags: baseline, 2024",
            "  features (2):",
            "    volatility: -0.3",
            "    momentum: 0.7",
            "  transformations (2):",
            "    momentum: zscore",
            "    volatility: {'kind': 'rank'}",
            "  hyperparameters (3):",
            "    lookback: 12",
            "    layers: [1, 2]",
            "    nested: {'b': 1, 'a': None}",
        ]

    def test_cuts_long_lists(self) -> None:
        """A hundred features are a few lines, and a count of the rest."""
        summary = ExperimentConfig([f"f{n}" for n in range(100)]).summary()
        assert "  features (100):" in summary
        assert summary.splitlines()[-1] == "    … and 92 more"

    def test_never_steers_a_terminal(self) -> None:
        """Escape sequences in names, values and descriptions are not passed on."""
        evil = "\x1b[31mred\x07\u202e"
        config = ExperimentConfig([evil], {evil: 1}, {}, {evil: evil}, evil, [evil])
        assert not set("\x1b\x07\u202e") & set(config.summary())

    def test_shows_weights_of_what_is_no_feature(self) -> None:
        """A weighted score that is no feature is told apart."""
        assert "score: 2 (weight only)" in ExperimentConfig(["a"], {"score": 2}).summary()


class TestScoringConfig:
    def test_from_transformations(self) -> None:
        """A mapping of features gives names and transformations at once."""
        config = create_experiment_from_scoring_config(
            {"momentum": 0.7, "quality_score": 0.3},
            {"momentum": "zscore", "size": None},
            {"top": 3},
            "scored",
            ["s"],
        )
        assert config == ExperimentConfig(
            ["momentum", "size"],
            {"momentum": 0.7, "quality_score": 0.3},
            {"momentum": "zscore"},
            {"top": 3},
            "scored",
            ["s"],
        )

    def test_from_parallel_sequences(self) -> None:
        """Names and weights may be two sequences."""
        config = create_experiment_from_scoring_config([1, 2], ["a", "b"])
        assert config == ExperimentConfig(["a", "b"], {"a": 1, "b": 2})
