"""Runs as values: what was logged, folded from events, written as files and read back; pure."""
