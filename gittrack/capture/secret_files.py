"""Which files look like secrets, by their names and by how they begin; pure."""

from __future__ import annotations

import re

from gittrack.globs import matcher

SECRET_NAMES = (
    # settings that are kept out of repositories
    (".env", ".env.*", ".envrc", "secrets.yaml", "secrets.yml", "secrets.json", "secrets.toml"),
    # private keys and what holds them
    ("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk"),
    ("*.pem", "*.key", "*.p12", "*.pfx", "*.pkcs12", "*.ppk", "*.jks", "*.keystore", "*.kdbx"),
    # passwords and tokens of programs
    (".netrc", "_netrc", ".pypirc", ".npmrc", ".git-credentials", ".pgpass", ".my.cnf"),
    (".htpasswd", ".dockercfg", "**/.docker/config.json", "**/.kube/config", ".boto", ".s3cfg"),
    ("**/.aws/credentials", "**/.huggingface/token", "**/.ssh/*", "kaggle.json"),
    # credentials of services
    ("credentials.json", "*-credentials.json", "client_secret*.json", "service[-_]account*.json"),
    ("application_default_credentials.json", "*.tfstate", "**/.streamlit/secrets.toml"),
)
"""Patterns of the names of secret files, as in `.gitattributes`; upper and lower case alike."""

EXAMPLE_NAMES = (".env.example", ".env.sample", ".env.template", ".env.dist", "*.pub")
"""Names that look like the above and hold nothing secret."""

_is_secret = matcher(pattern for row in SECRET_NAMES for pattern in row)
_is_example = matcher(EXAMPLE_NAMES)

_LOOKED_AT = 16 << 10  # bytes; `openssl pkcs12` writes some lines before the key
_PRIVATE_KEY = re.compile(
    rb"^(?:\xef\xbb\xbf)?(?:-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
    rb"|PuTTY-User-Key-File-\d|AGE-SECRET-KEY-1)",
    re.MULTILINE,
)


def named_like_a_secret(path: str) -> bool:
    """Whether a file's path in the repository says that it holds a secret."""
    lowered = path.lower()
    return _is_secret(lowered) and not _is_example(lowered)


def holds_private_key(data: bytes) -> bool:
    """Whether a file holds a private key: a line of its first 16 KiB begins as one does."""
    return _PRIVATE_KEY.search(data, 0, _LOOKED_AT) is not None
