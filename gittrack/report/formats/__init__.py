"""The files that a report can be: a module a format, with a function `render`."""

from gittrack.formats import Formats

FORMATS = Formats(__name__, __path__)

names = FORMATS.names
check = FORMATS.check
render = FORMATS.render
