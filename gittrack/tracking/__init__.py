"""Recording runs from a script, and reading them back."""
