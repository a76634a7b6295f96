"""Which names of options, variables and keys are those of secrets; pure.

`--api-key` and `DB_PASSWORD` are; `--max-tokens`, `--pad-token`, `--key-size` and `--password-file`
only look similar.
"""

from __future__ import annotations

import re
from itertools import pairwise

_SECRET_WORDS = {
    "password", "passwd", "passphrase", "passcode", "passwort", "pwd", "pw", "pgpassword",
    "secret", "secrets", "token", "jwt", "credential", "credentials", "creds", "cookie",
    "apikey", "authkey", "accesskey", "secretkey", "privatekey", "authtoken", "accesstoken",
    "apitoken", "authorization", "bearer",
}  # fmt: skip

_KINDS_OF_KEY = {
    "api", "access", "secret", "private", "auth", "account", "signing", "encryption", "deploy",
    "ssh", "license", "storage", "master", "client", "service", "subscription", "shared", "app",
    "wandb", "openai", "anthropic", "huggingface", "hf", "comet", "neptune", "aws", "azure",
    "github", "stripe", "datadog",
}  # fmt: skip
"""What stands before `key` where the key is a secret."""

_SIGNERS = {"amz", "goog"}
"""What stands before `signature` where an address with it opens a file to everybody."""

_WHOSE_PASS = {"db", "user", "smtp", "ftp", "root", "admin", "redis", "mail", "proxy", "login"}

_WEAK_WORDS = {"auth", "key", "pat", "sas", "signature", "sig", "session", "dsn", "p", "k", "t"}

_LANGUAGE_MODELS = {
    "max", "min", "num", "n", "count", "size", "length", "len", "dim", "type", "types", "limit",
    "budget", "window", "rate", "level", "index", "id", "ids", "per", "position", "embedding",
    "pad", "padding", "eos", "bos", "unk", "mask", "sep", "cls", "start", "end", "stop", "special",
    "first", "last", "new", "image", "prefix", "suffix", "separator", "drop", "dropout", "merge",
    "merging", "pruning", "mixing", "pooling", "shift", "labels", "classification", "loss",
    "weight", "accuracy", "norm",
}  # fmt: skip
"""Words beside `token` that make it a piece of text."""

_HARMLESS_ENDS = {
    "file", "path", "dir", "folder", "name", "names", "env", "var", "variable", "policy", "min",
    "max", "length", "size", "count", "type", "expiry", "ttl", "timeout", "url", "host", "manager",
}  # fmt: skip
"""Last words of names that say where a secret is, or how it must be, but not what it is."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_WORKING_FOLDERS = ("PWD", "OLDPWD")


def looks_secret(name: str) -> bool:
    """Whether a name (of an option, a variable, a key) is that of a secret."""
    words = _words(name)
    if not words or name in _WORKING_FOLDERS:
        return False
    if "webhook" in words:  # whoever has the address may write there
        return True
    if len(words) > 1 and words[-1] in _HARMLESS_ENDS:
        return False
    found = _SECRET_WORDS.intersection(words)
    if found == {"token"}:
        return not _LANGUAGE_MODELS.intersection(words)
    return bool(found) or _ends_with_pass(words) or _has_secret_key(words)


def looks_weakly_secret(name: str) -> bool:
    """Whether a name is that of a secret, provided that the value looks drawn at random."""
    words = _words(name)
    return bool(words) and words[-1] in _WEAK_WORDS


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _ends_with_pass(words: list[str]) -> bool:
    return words[-1] == "pass" and (len(words) == 1 or words[-2] in _WHOSE_PASS)


def _has_secret_key(words: list[str]) -> bool:
    return any(
        (a in _KINDS_OF_KEY and b in ("key", "keys")) or (a in _SIGNERS and b == "signature")
        for a, b in pairwise(words)
    )
