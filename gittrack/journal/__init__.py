"""Append-only files that take what live runs log: framed, locked for life, read while written."""
