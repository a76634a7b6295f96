"""`git exp models`: models and their versions; a module a command."""

HELP = """Models: named sequences of versions, each of which knows what made it.

    A version is churn:3 (its number), churn@champion (its alias), churn:latest; churn alone is the
    latest. A model is a git ref: refs/exptrack/models/<name>.
    """
