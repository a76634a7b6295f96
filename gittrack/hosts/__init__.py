"""What the hosts of repositories need: one comment on a pull request, kept up to date."""
