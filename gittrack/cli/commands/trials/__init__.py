"""`git exp trials`: what an optimiser tried; a module a command."""

HELP = """Trials: what an optimiser tried in a study.

    A study is an experiment whose runs are trials; each has the optimiser's number and objective
    values.
    """
