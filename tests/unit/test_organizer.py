"""Names, tags and places of experiments."""

from __future__ import annotations

import hashlib
import itertools
import re
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gittrack.canonical import config_id, emit
from gittrack.errors import NotFoundError, UsageError, ValueRefusedError
from gittrack.organizer import (
    Experiment,
    ExperimentMetadata,
    ExperimentOrganizer,
    ExperimentStage,
    ExperimentType,
    create_comprehensive_tags,
    generate_experiment_name,
    metadata_from_tags,
    parse_experiment_name,
)
from gittrack.organizer.naming import token
from gittrack.slug import MAX_NAME, slug

DOCUMENT = Path(__file__).parents[2] / "docs" / "organizing.md"

CHURN = ExperimentMetadata(
    project="Churn",
    model="XGBoost",
    dataset="EU 2026",
    type=ExperimentType.HPO,
    owner="ada",
    purpose="wider trees",
    version=3,
    created=date(2026, 11, 21),
)
CHURN_NAME = "churn_hpo_xgboost_eu-2026_wider-trees_20261121_v003"

texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60)
metadata = st.builds(
    ExperimentMetadata,
    project=texts.filter(str.strip),
    model=texts,
    dataset=texts,
    stage=st.sampled_from(ExperimentStage),
    type=st.sampled_from(ExperimentType),
    owner=texts,
    purpose=texts,
    version=st.none() | st.integers(0, 10**6) | texts.filter(lambda text: not text.isdigit()),
    parent=texts,
    created=st.none() | st.dates(),
    tags=st.dictionaries(st.sampled_from(["team", "fold", "notes"]), texts),
)


class TestMetadata:
    @pytest.mark.parametrize(
        ("text", "stage"),
        [("prod", "production"), (" Dev ", "development"), ("ARCHIVED", "archived")],
    )
    def test_stages_have_other_names(self, text: str, stage: str) -> None:
        """A stage may be given in any case, or by its usual short name."""
        assert ExperimentMetadata("p", stage=text).stage is ExperimentStage(stage)  # type: ignore[arg-type]

    def test_types_have_other_names(self) -> None:
        """A type may be given by a name that people use for it."""
        found = [ExperimentType.parse(t) for t in ("Fine_Tuning", "sweep", "hyperparameter search")]
        assert found == [ExperimentType.FINETUNING, ExperimentType.HPO, ExperimentType.HPO]

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            (3, 3),
            ("3", 3),
            ("v003", 3),
            ("v1.2", "1.2"),
            ("beta", "beta"),
            ("", None),
            (None, None),
        ],
    )
    def test_versions_come_in_one_form(self, given: int | str | None, kept: object) -> None:
        """A version is a number wherever it is one."""
        assert ExperimentMetadata("p", version=given).version == kept

    @pytest.mark.parametrize(
        ("fields", "message", "hint"),
        [
            ({"project": " "}, "needs a project", "project="),
            ({"project": "p", "stage": "producton"}, "no stage 'producton'", "'production'"),
            ({"project": "p", "type": "x"}, "no type 'x'", "known are training, finetuning"),
            ({"project": "p", "type": "sweeep"}, "no type 'sweeep'", "did you mean 'hpo'?"),
            ({"project": "p", "owner": "a\x1b[31m"}, "owner's name cannot hold control", ""),
            ({"project": "p", "model": "m" * 256}, "may have 255 characters", ""),
            ({"project": "p", "model": 3}, "model is a text, not int", ""),
            ({"project": "p", "version": -1}, "not negative", ""),
            ({"project": "p", "version": True}, "a number or a text, not True", ""),
            ({"project": "p", "version": "9" * 5000}, "at most 999,999,999", ""),
            ({"project": "p", "created": "yesterday"}, "no day: 'yesterday'", "2026-11-21"),
            ({"project": "p", "tags": {"stage": "x"}}, "the tag 'stage' is a field", "stage=…"),
            ({"project": "p", "tags": {"a": 1}}, "the tag 'a' is a text", ""),
        ],
    )
    def test_what_cannot_be(self, fields: dict[str, object], message: str, hint: str) -> None:
        """A field that cannot be is refused by its name."""
        with pytest.raises(UsageError, match=re.escape(message)) as caught:
            ExperimentMetadata(**fields)  # type: ignore[arg-type]
        assert hint in (caught.value.hint or "")

    def test_days(self) -> None:
        """A day is taken from a date, a time or a text."""
        day = date(2026, 11, 21)
        for said in (day, datetime(2026, 11, 21, 23, 59), "2026-11-21"):
            assert ExperimentMetadata("p", created=said).created == day  # type: ignore[arg-type]


class TestNames:
    def test_a_name_says_what_it_is(self) -> None:
        """The fields of a name stand in the pattern's order, and can be read back."""
        assert generate_experiment_name(CHURN) == CHURN_NAME
        found = parse_experiment_name(CHURN_NAME)
        assert (found.project, found.model, found.dataset) == ("churn", "xgboost", "eu-2026")
        assert (found.type, found.version, found.created) == (
            ExperimentType.HPO,
            3,
            date(2026, 11, 21),
        )

    @pytest.mark.parametrize(
        ("fields", "name"),
        [
            ({}, "p_training"),
            ({"dataset": "eu"}, "p_training_none_eu"),
            ({"model": "None"}, "p_training"),
            ({"version": 12}, "p_training_none_none_none_none_v012"),
            (
                {"model": "a_b C/d"},
                f"p_training_a-b-c-d-{hashlib.sha256(b'a_b C/d').hexdigest()[:8]}",
            ),
            ({"model": "Café"}, "p_training_cafe"),
        ],
    )
    def test_empty_and_odd_fields(self, fields: dict[str, object], name: str) -> None:
        """A missing field is `none` between others and nothing at the end; odd ones are marked."""
        made = generate_experiment_name(ExperimentMetadata("p", **fields))  # type: ignore[arg-type]
        assert made == name

    @given(metadata)
    def test_any_metadata_has_a_name_that_is_read_back(self, metadata: ExperimentMetadata) -> None:
        """Names are short, safe for refs, and what they are read as has the same name."""
        name = generate_experiment_name(metadata)
        assert len(name) <= MAX_NAME
        assert re.fullmatch(r"[a-z0-9._+=-]+", name)
        if len(name) <= 100 and not name.endswith(".lock"):
            assert slug(name) == name
        found = parse_experiment_name(name)
        assert generate_experiment_name(found) == name
        assert (found.type, found.created) == (metadata.type, metadata.created)

    @given(texts, texts)
    def test_tokens_are_stable(self, one: str, other: str) -> None:
        """A part of a name stands for itself; two texts share one only if case, accents, spaces
        or `_` are all that differs."""
        assert token(token(one)) == token(one)
        assert bool(token(one)) == bool(one)
        if token(one) == token(other) and one.isascii() and other.isascii():
            plain = [" ".join(text.lower().replace("_", " ").split()) for text in (one, other)]
            assert plain[0].replace(" ", "-") == plain[1].replace(" ", "-")

    def test_names_sort_by_day_and_version(self) -> None:
        """Sorted names are in the order of their days, and of their versions within a day."""
        days = [date(2025, 12, 31), date(2026, 1, 2), date(2026, 11, 1)]
        made = [
            generate_experiment_name(ExperimentMetadata("p", created=day, version=version))
            for day, version in itertools.product(days, (1, 2, 10))
        ]
        assert made == sorted(made)

    def test_a_pattern_of_your_own(self) -> None:
        """A pattern may have other fields, another order and text of its own."""
        pattern = "{project}/{stage}/{owner}_{version}"
        name = generate_experiment_name(CHURN, pattern=pattern)
        assert name == "churn/exploration/ada_v003"
        found = parse_experiment_name(name, pattern=pattern)
        assert (found.owner, found.version, found.model) == ("ada", 3, "")

    @pytest.mark.parametrize(
        "pattern",
        [
            *("{project.__class__}", "{project!r}", "{project:>99}", "{0}", "{}", "{project}_{x}"),
            *("{project", "{model}", "", "{tags[a]}"),
        ],
    )
    def test_patterns_that_make_no_names(self, pattern: str) -> None:
        """A pattern holds plain fields only, and the project."""
        with pytest.raises(UsageError, match="pattern"):
            generate_experiment_name(CHURN, pattern=pattern)

    @pytest.mark.parametrize(
        "pattern", ["{project}-{model}", "{project}{model}", "{project}_{project}"]
    )
    def test_patterns_that_cannot_be_read_back(self, pattern: str) -> None:
        """Where it is open which field a text belongs to, reading says so instead of guessing."""
        assert generate_experiment_name(CHURN, pattern=pattern)
        with pytest.raises(UsageError, match="cannot be read back"):
            parse_experiment_name("a-b", pattern=pattern)

    @pytest.mark.parametrize(
        "name",
        [
            "baseline",
            "",
            "churn_x",
            "Churn_hpo",
            "p_hpo_m_d_x_20261399",
            "p_hpo\n",
            "p_hpo_m_d_x_1",
        ],
    )
    def test_names_of_others(self, name: str) -> None:
        """A name that the pattern did not make is refused."""
        with pytest.raises(UsageError, match="does not have the pattern"):
            parse_experiment_name(name)

    def test_a_name_that_is_too_long(self) -> None:
        """A pattern that makes a longer name than there can be is refused."""
        with pytest.raises(UsageError, match="255 characters"):
            generate_experiment_name(CHURN, pattern="{project}" + "x" * 255)


class TestTags:
    def test_all_fields_are_tags(self) -> None:
        """Fields, other tags, and facts from config, git and environment become flat texts."""
        config = {"lr": 0.1, "model": {"depth": 3, "deep": {"er": 1}}, "layers": [1, 2], "on": True}
        tags = create_comprehensive_tags(
            ExperimentMetadata("churn", version=2, tags={"team": "eu"}),
            config,
            git={"commit": "ab" * 20, "branch": "main", "dirty": False, "index": "x"},
            environment={"python": "3.12.1", "PATH": "/bin", "gpu": None},
        )
        assert tags == {
            "project": "churn",
            "stage": "exploration",
            "type": "training",
            "version": "2",
            "team": "eu",
            "config_id": config_id(emit(config)),  # type: ignore[arg-type]
            "config.lr": "0.1",
            "config.model.depth": "3",
            "config.on": "true",
            "git.commit": "ab" * 20,
            "git.branch": "main",
            "git.dirty": "false",
            "env.python": "3.12.1",
        }

    @pytest.mark.parametrize(
        "config",
        [
            {"api_key": "abcd1234"},
            {"db": {"password": "hunter2"}},
            {"password": {"value": "hunter2"}},
            {"url": "postgres://ada:hunter2@host/db"},
            {"note": "ghp_" + "a1B2" * 9},
        ],
    )
    def test_secrets_are_no_tags(self, config: dict[str, object]) -> None:
        """What looks like a secret by name or by shape is left out."""
        tags = create_comprehensive_tags(ExperimentMetadata("p"), config)
        assert [key for key in tags if key.startswith("config.")] == []

    def test_secrets_elsewhere(self) -> None:
        """A remote has no password, and a tag that looks secret is none."""
        tags = create_comprehensive_tags(
            ExperimentMetadata("p", tags={"api_key": "abcd1234"}),
            git={"remote": "https://ada:hunter2@example.org/repository.git"},
        )
        assert "hunter2" not in str(tags)
        assert "abcd1234" not in str(tags)
        assert tags["git.remote"] == "https://example.org/repository.git"

    def test_a_large_config_gives_few_tags(self) -> None:
        """At most thirty values are tags, those at the top first; long texts are none."""
        config = {"group": {f"k{n}": n for n in range(50)}, "top": 1, "text": "x" * 101}
        tags = create_comprehensive_tags(ExperimentMetadata("p"), config)
        shown = [key for key in tags if key.startswith("config.")]
        assert len(shown) == 30
        assert shown[0] == "config.top"
        assert "config.text" not in tags

    @given(metadata)
    def test_tags_tell_the_metadata(self, metadata: ExperimentMetadata) -> None:
        """Metadata read from tags is what the tags were made of."""
        tags = create_comprehensive_tags(metadata, {"lr": 0.1}, git={"branch": "main"})
        found = metadata_from_tags(tags)
        assert {key: found.tags[key] for key in metadata.tags if key in tags} == found.tags
        assert create_comprehensive_tags(found, {"lr": 0.1}, git={"branch": "main"}) == tags

    def test_what_is_no_config(self) -> None:
        """A config that cannot be one is refused with its path."""
        with pytest.raises(ValueRefusedError) as caught:
            create_comprehensive_tags(ExperimentMetadata("p"), {"a": {1, 2}})
        assert caught.value.path == "a"


def organizer() -> ExperimentOrganizer:
    return ExperimentOrganizer(
        [
            CHURN,
            ("baseline", {"project": "churn", "stage": "production", "team": "eu"}),
            ("grown", {"project": "churn", "stage": "production", "parent": "baseline"}),
            ("grandchild", {"project": "churn", "parent": "grown", "team": "us"}),
            "fraud_backtest_lstm",
            "odd \x1b[31m one".replace("\x1b", "\u202e"),
        ]
    )


class TestOrganizer:
    def test_the_tree(self) -> None:
        """Experiments stand under project, stage and type; stages in their order."""
        lines = list(organizer().tree().lines())
        assert lines == [
            "churn (4)",
            "  exploration (1)",
            "    hpo (1)",
            f"      {CHURN_NAME}",
            "  production (2)",
            "    none (2)",
            "      baseline",
            "      grown",
            "  none (1)",
            "    none (1)",
            "      grandchild",
            "fraud (1)",
            "  none (1)",
            "    backtest (1)",
            "      fraud_backtest_lstm",
            "none (1)",
            "  none (1)",
            "    none (1)",
            "      odd \\u202e[31m one",
        ]
        assert organizer().tree().count == 6

    def test_groups(self) -> None:
        """Groups are by place; others can be grouped than those it holds."""
        groups = organizer().group()
        assert [e.name for e in groups["churn", "production", "none"]] == ["baseline", "grown"]
        assert list(organizer().group([CHURN])) == [("churn", "exploration", "hpo")]
        by_team = ExperimentOrganizer(organizer().experiments, levels=("team",)).group()
        assert {place: len(members) for place, members in by_team.items()} == {
            ("eu",): 1,
            ("none",): 4,
            ("us",): 1,
        }

    def test_paths(self) -> None:
        """A path is made of parts that lead nowhere else."""
        experiment = Experiment("../x", {"project": "..", "stage": "a/b"})
        parts = experiment.path().split("/")
        assert len(parts) == 4
        assert not {"", ".", ".."} & set(parts)
        assert organizer().get("baseline").path() == "churn/production/none/baseline"

    def test_finding(self) -> None:
        """Experiments are found by stage, type, fields and tags, all of which must fit."""

        def names(**wanted: object) -> list[str]:
            return [e.name for e in organizer().find(**wanted)]  # type: ignore[arg-type]

        assert names(stage="prod") == ["baseline", "grown"]
        assert names(type="backtesting") == ["fraud_backtest_lstm"]
        assert names(tag="team") == ["baseline", "grandchild"]
        assert names(tag="team=us") == ["grandchild"]
        assert names(tag={"team": "eu", "project": "churn"}) == ["baseline"]
        assert names(stage="production", tag="team=us") == []
        assert names(project="Fraud", model="LSTM") == ["fraud_backtest_lstm"]
        assert len(names()) == 6
        with pytest.raises(UsageError, match="no stage 'live'"):
            names(stage="live")

    def test_parents_and_children(self) -> None:
        """Children and ancestors follow the tag `parent`; a circle ends."""
        found = organizer()
        assert [e.name for e in found.children_of("baseline")] == ["grown"]
        assert [e.name for e in found.ancestors_of("grandchild")] == ["grown", "baseline"]
        found.add(("baseline", {"parent": "grandchild"}))
        assert [e.name for e in found.ancestors_of("grandchild")] == ["grown", "baseline"]
        with pytest.raises(NotFoundError, match="no experiment 'groan'") as caught:
            found.ancestors_of("groan")
        assert caught.value.hint == "did you mean 'grown'?"

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("exploration", "validation", "from exploration to validation skips development"),
            ("production", "staging", "the stage staging comes before production"),
            ("archived", "production", "the stage production comes before archived"),
            ("staging", "staging", "at the stage staging already"),
        ],
    )
    def test_promotion_goes_step_by_step(self, old: str, new: str, message: str) -> None:
        """A promotion that skips a stage or goes back is refused, unless it is forced."""
        metadata = ExperimentMetadata("p", stage=old)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match=message):
            ExperimentOrganizer().promote(metadata, new)
        assert ExperimentOrganizer().promote(metadata, new, force=True).stage == new

    def test_promotion(self) -> None:
        """Any stage leads to the next, and to the archive; nothing else of the metadata changes."""
        found = organizer()
        assert found.promote(CHURN, "dev").stage is ExperimentStage.DEVELOPMENT
        assert found.promote(CHURN, "archived").owner == "ada"
        assert found.promote("baseline", "archived").tags == {"team": "eu"}
        assert found.get("baseline").tags["stage"] == "archived"
        with pytest.raises(NotFoundError):
            found.promote("missing", "dev")

    def test_tags_come_before_what_a_name_says(self) -> None:
        """A tag counts where the name says something else."""
        [experiment] = ExperimentOrganizer([(CHURN_NAME, {"model": "lightgbm"})]).experiments
        assert (experiment.tags["model"], experiment.tags["dataset"]) == ("lightgbm", "eu-2026")
        assert experiment.metadata.version == 3


def test_the_documented_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    """What docs/organizing.md shows is what comes out."""
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL):
        exec(block, names)
        assert capsys.readouterr().out.splitlines() == re.findall(r"# → (.*)", block)
