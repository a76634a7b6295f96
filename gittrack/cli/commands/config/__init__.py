"""`git exp config`: the files that configs are written in; a module a command."""

HELP = """Configuration files: layers, overrides, schemas, history.

    A config is what its files add up to: a file and all that it extends, more files on top, an
    environment's file, and single values set on the command line. Schemas are JSON Schema files in
    .exptrack/schema/.
    """
