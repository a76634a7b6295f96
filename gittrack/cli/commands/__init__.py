"""The commands: each a module of that name with a function `command`; nothing else is needed."""
