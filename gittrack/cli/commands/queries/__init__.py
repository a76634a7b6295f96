"""`git exp queries`: searches of runs that were saved; a module a command."""

HELP = """Saved queries: searches of runs with a name.

    git exp runs list --save NAME writes one, --use NAME takes it. Each is a small file,
    .exptrack/queries/NAME.yaml, that is committed and reviewed as code is.
    """
