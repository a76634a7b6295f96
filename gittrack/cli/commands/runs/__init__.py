"""`git exp runs`: what was executed, and what came out; a module a command."""

HELP = """Runs: what was executed, and what came out.

    A run is named by its id, a prefix of four digits or more, its name, EXPERIMENT#NUMBER, or @{N}
    (the N-th newest; @ is the newest).
    """
