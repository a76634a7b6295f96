"""`git exp artifacts`: the files that are kept with runs; a module a command."""

HELP = """Artifacts: the files that are kept with runs.

    Each has a path within its run, such as plots/loss.png, and is checked against its SHA-256
    whenever it is read. Small ones are in git, large ones where exptrack.artifactStore says.
    """
