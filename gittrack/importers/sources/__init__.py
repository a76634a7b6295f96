"""What can be imported from: a module for each tool, found by its name.

Each is a `SourceModule`; one that has `copy` instead of `open_source` records in a way of its own.
"""
