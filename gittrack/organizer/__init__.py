"""Structured names, tags and a hierarchy for experiments; pure: nothing is read or written."""

from gittrack.organizer.metadata import ExperimentMetadata, ExperimentStage, ExperimentType
from gittrack.organizer.naming import (
    DEFAULT_PATTERN,
    generate_experiment_name,
    parse_experiment_name,
)
from gittrack.organizer.organizer import Experiment, ExperimentOrganizer, Group
from gittrack.organizer.tags import create_comprehensive_tags, metadata_from_tags

__all__ = [
    "DEFAULT_PATTERN",
    "Experiment",
    "ExperimentMetadata",
    "ExperimentOrganizer",
    "ExperimentStage",
    "ExperimentType",
    "Group",
    "create_comprehensive_tags",
    "generate_experiment_name",
    "metadata_from_tags",
    "parse_experiment_name",
]
