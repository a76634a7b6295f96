"""What git calls for config files: a merge by key, and a diff that names the keys."""
