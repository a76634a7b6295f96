"""The index: a SQLite database derived from refs and work tree; it may be deleted at any time."""
