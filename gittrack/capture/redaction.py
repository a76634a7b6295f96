"""Taking secrets out of command lines, addresses and settings before they are recorded; pure.

A value is a secret because of its name (`--api-key`, `DB_PASSWORD=`), its shape (`ghp_…`, a bearer
token) or its place (between `//` and `@`). What only looks similar stays: a commit's id, a path,
`--tokenizer bert`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from gittrack.capture.secret_names import looks_secret, looks_weakly_secret

__all__ = ["REDACTED", "looks_secret", "redact", "redact_mapping", "redact_text", "redact_url"]

REDACTED = "[redacted]"
"""What stands where a secret stood."""

TOKEN_SHAPES = (
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",  # AWS
    r"gh[pousr]_[A-Za-z0-9]{30,}",  # GitHub
    r"github_pat_[A-Za-z0-9_]{20,}",
    r"gl(?:pat|ptt|dt|rt|cbt|soat)-[\w-]{20,}",  # GitLab
    r"xox[a-z]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,}",  # Slack
    r"sk-(?:proj|ant|or|admin|svcacct|lf)-[\w-]{20,}",  # OpenAI, Anthropic and others
    r"sk-(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}",
    r"(?:hf|api_org)_[A-Za-z0-9]{30,}",  # Hugging Face
    r"AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}",  # Google
    r"[srp]k_(?:live|test)_[A-Za-z0-9]{16,}",  # Stripe
    r"npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,}",
    r"dapi[0-9a-f]{32}|do[opr]_v1_[0-9a-f]{64}|SG\.[\w-]{20,}\.[\w-]{40,}",
    r"wandb_v1_[\w-]{20,}|r8_[A-Za-z0-9]{37}|gsk_[A-Za-z0-9]{40,}",
    r"eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]*",  # JSON web tokens
    r"\d{8,10}:AA[\w-]{33}",  # Telegram
)
"""What the tokens of well-known services look like."""

# No expression looks at a text of n characters more than a few times n: a command line may be long.
_TOKEN = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(TOKEN_SHAPES)})")
_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)",
    re.DOTALL,
)
_AFTER = re.compile(
    r"""((?:proxy-)?authorization["']?\s*[:=]\s*["']?)[^"'\r\n]+"""
    r"""|(\bbearer\s+)[^\s"',;]{8,}"""
    r"""|(\bbasic\s+)(?=[a-z0-9+/]+(?-i:[A-Z0-9=]))[a-z0-9+/]{7,}=*(?![a-z0-9+/=])"""
    r"""|((?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks)/)[^\s"']+""",
    re.IGNORECASE,
)
_USER_INFO = re.compile(r"([A-Za-z][\w+.-]{0,30}://)([^\s/?#\"'<>]*)@")
_NAME = re.compile(r"""(?<![\w.-])(-*+)([\w.][\w.-]*)["']?(\s*[:=]\s*|\s+)""")
_VALUE = re.compile(r""""((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s,;&"'{}()]+)""", re.DOTALL)
_BEGIN = re.compile(r"""["']?([^\s,;&"'{}()]{1,256})""")
_OPTION = re.compile(r"-{1,2}([A-Za-z][\w.-]*)")
_ASSIGNMENT = re.compile(r"((?:-D|[-+~]*+)([\w.\-/:@]+?)\+?=)(.*)", re.DOTALL)
_USER_AND_PASSWORD = re.compile(r"([^:/\s]+:)(?!\d+$)(?!//).+", re.DOTALL)
_USER_NAMES = {"u", "user", "auth", "userpwd", "proxy-user"}
_TAKING_P = {"mysql", "mysqldump", "mysqladmin", "mariadb", "mariadb-dump", "sshpass"}
"""Programs whose `-p` is a password, mostly without a space; elsewhere it is a port or a path."""
_NESTED = 4  # `--set=env=API_KEY=…`; what lies deeper is looked at as text
_NO_SECRETS = {"", "true", "false", "none", "null", "yes", "no", "on", "off", REDACTED}


def redact(argv: Iterable[str]) -> list[str]:
    """A command line without its secrets: as many arguments as before."""
    redacted: list[str] = []
    name = program = ""
    for argument in argv:
        if program and len(argument) > 2 and argument.startswith("-p"):
            redacted.append(f"-p{REDACTED}")
        elif name and not _is_option(argument):
            redacted.append(_redact_value(name, argument))
        else:
            redacted.append(_redact_argument(argument))
        option = _OPTION.fullmatch(argument)
        name = option[1] if option else ""
        if argument.rpartition("/")[2] in _TAKING_P:
            program = argument
        if (program, name) == ("sshpass", "p"):
            name = "password"
    return redacted


def redact_text(text: str) -> str:
    """A text without the secrets that its names and their shapes give away."""
    for _ in range(20):  # taking one secret out may show another
        before, text = text, _redact_once(text)
        if text == before:
            break
    return text


def redact_mapping(values: Mapping[str, str]) -> dict[str, str]:
    """Named values without the secret ones; the names stay."""
    return {name: _redact_value(name, value) for name, value in values.items()}


def redact_url(url: str) -> str:
    """An address without user, password and secret parameters; the user of SSH stays."""
    return redact_text(_USER_INFO.sub(_without_user, url))


def _without_user(match: re.Match[str]) -> str:
    scheme, user = match.groups()
    return match[0] if "ssh" in scheme.lower() and ":" not in user else scheme


def _is_option(argument: str) -> bool:
    """A password may begin with a hyphen: `-v` is an option, `-v7x` need not be one."""
    return argument.startswith("--") or re.fullmatch("-[A-Za-z]", argument) is not None


def _redact_value(name: str, value: str) -> str:
    decided = _by_name(name, value)
    return _redact_argument(value) if decided is None else decided


def _by_name(name: str, value: str) -> str | None:
    """What to keep of a value, if its name is enough to tell."""
    if value.lower() in _NO_SECRETS:
        return value
    if looks_secret(name) or (looks_weakly_secret(name) and _is_random(value)):
        return REDACTED
    match = _USER_AND_PASSWORD.fullmatch(value) if name.lower() in _USER_NAMES else None
    return match[1] + REDACTED if match else None


def _redact_argument(argument: str) -> str:
    known = ""
    for _ in range(_NESTED):
        match = _ASSIGNMENT.fullmatch(argument)
        if match is None:
            break
        start, name, argument = match.groups()
        known += start
        decided = _by_name(name, argument)
        if decided is not None:
            return known + decided
    return known + redact_text(argument)


def _redact_once(text: str) -> str:
    text = _KEY_BLOCK.sub(REDACTED, text)
    text = _TOKEN.sub(REDACTED, text)
    text = _AFTER.sub(lambda m: "".join(filter(None, m.groups())) + REDACTED, text)
    text = _USER_INFO.sub(_redact_user, text)
    return _redact_named(text)


def _redact_user(match: re.Match[str]) -> str:
    scheme, user = match.groups()
    name, colon, password = user.partition(":")
    if colon:
        # A user name beside a token is often the token itself: `https://TOKEN:x-oauth-basic@…`.
        known = name if password and not scheme.lower().startswith("http") else REDACTED
        return f"{scheme}{known}:{REDACTED}@"
    return f"{scheme}{REDACTED}@" if user and scheme.lower().startswith("http") else match[0]


def _redact_named(text: str) -> str:
    """`name=value`, `name: value` and `--name value` within a text: a URL, a script, JSON."""
    pieces, position = [], 0
    for match in _NAME.finditer(text):
        dashes, name, between = match.groups()
        if match.start() < position or (not dashes and between.isspace()):
            continue
        value = _secret_value(name, text, match.end())
        if value is not None and not (between.isspace() and _is_option(value[0])):
            pieces += [text[position : match.end()], value[0].replace(_bare(value), REDACTED)]
            position = value.end()
    return "".join([*pieces, text[position:]])


def _secret_value(name: str, text: str, start: int) -> re.Match[str] | None:
    """The value that begins at `start`, if it is a secret; only then it is looked at as a whole."""
    if looks_secret(name):
        value = _VALUE.match(text, start)
        return None if value is None or _bare(value).lower() in _NO_SECRETS else value
    if looks_weakly_secret(name):
        begin = _BEGIN.match(text, start)
        return _VALUE.match(text, start) if begin and _is_random(begin[1]) else None
    return None


def _bare(value: re.Match[str]) -> str:
    """A value without its quotes."""
    return value[value.lastindex or 0]


_RANDOM = re.compile(r"[A-Za-z0-9+/=%_~-]{16,}")
_HEX = re.compile(r"[0-9a-f]+")
_RUN = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")


def _is_random(value: str) -> bool:
    """Whether a value looks drawn at random: letters of both cases and digits, changing at least
    at every third character. Hex digits do not count: they may be the id of a commit."""
    runs = _RUN.findall(value)
    kinds = {(run[0].isdigit(), run[0].isupper()) for run in runs}
    is_long = _RANDOM.fullmatch(value) is not None and _HEX.fullmatch(value) is None
    return is_long and len(kinds) == 3 and 3 * len(runs) >= len(value)
