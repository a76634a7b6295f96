"""The routes: one module a subject, found by name."""
