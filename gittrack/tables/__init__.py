"""Typed tables of runs and trials: to data frames, to files, to terminals."""

from gittrack.tables.column import Column, Kind
from gittrack.tables.inference import column_of, table_of
from gittrack.tables.table import Table

__all__ = ["Column", "Kind", "Table", "column_of", "table_of"]
