"""`python -m gittrack` is `git exp`."""

from gittrack.cli.main import main

main()
