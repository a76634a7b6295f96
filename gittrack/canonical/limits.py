"""The limits of the canonical form; writer and reader both enforce them."""

from __future__ import annotations

MAX_BYTES = 16 * 1024 * 1024
"""Canonical bytes of one config."""

MAX_LEVELS = 64
"""Collections inside each other; a scalar alone is level 0."""

MAX_KEY_TEXT = 1000
"""Characters of a key as written: YAML readers look for the colon in 1,024 characters only."""

MAX_DIGITS = 4300
"""Decimal digits of an integer: CPython's readers stop there."""
