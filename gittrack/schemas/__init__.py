"""JSON Schema 2020-12 for configs: which schema speaks of which, and what does not satisfy it."""

from __future__ import annotations

from gittrack.schemas.defaults import Default, create_default
from gittrack.schemas.drafts import SchemaFault
from gittrack.schemas.loading import SchemaSet
from gittrack.schemas.schema import Schema
from gittrack.schemas.template import default_text
from gittrack.schemas.violation import Violation

__all__ = [
    "Default",
    "Schema",
    "SchemaFault",
    "SchemaSet",
    "Violation",
    "create_default",
    "default_text",
]
