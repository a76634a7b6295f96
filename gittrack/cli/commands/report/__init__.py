"""`git exp report`: what people read; a module a command."""

HELP = """Reports: a run, a study, a comparison as one HTML file that needs no network.

    Curves can be zoomed and smoothed, tables sorted; without JavaScript and on paper all is there,
    too. Nothing is sent anywhere.
    """
