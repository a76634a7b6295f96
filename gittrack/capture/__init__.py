"""What a run is made with, found by itself, with the secrets taken out."""

from gittrack.capture.environment import ALLOWED_VARIABLES, Part, capture_environment
from gittrack.capture.redaction import (
    REDACTED,
    looks_secret,
    redact,
    redact_mapping,
    redact_text,
    redact_url,
)
from gittrack.capture.seeds import note_seed, noted_seeds, set_seeds

__all__ = [
    "ALLOWED_VARIABLES",
    "REDACTED",
    "Part",
    "capture_environment",
    "looks_secret",
    "note_seed",
    "noted_seeds",
    "redact",
    "redact_mapping",
    "redact_text",
    "redact_url",
    "set_seeds",
]
