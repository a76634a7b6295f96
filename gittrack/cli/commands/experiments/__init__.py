"""`git exp experiments`: named groups of runs; a module a command."""

HELP = """Experiments: named groups of runs.

    Starting a run creates its experiment; `create` says more about it beforehand. An experiment is
    a git ref: refs/exptrack/experiments/<name>.
    """
