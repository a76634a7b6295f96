"""`git exp`: one file a command in `commands/`, each parses, calls the library and renders."""
