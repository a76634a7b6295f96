"""What the manual says besides the commands; `literal` is bold there, _VALUE_ in italics."""

from __future__ import annotations

DESCRIPTION = (
    "`git exp` keeps experiments in the git repository that you are in. A config is a mapping of"
    " parameters in a YAML or JSON file. Registered, it has an id that never changes: the SHA-256"
    " of its canonical YAML, so that `sha256sum` alone can verify it. Key order, comments and"
    " formatting make no difference to the id, and neither do description and tags.",
    "Registering writes a commit on `refs/exptrack/catalogue`, and files below `.exptrack/` in the"
    " work tree for you to commit and review. Your branch, the index and all other files stay as"
    " they are, and no hook is run.",
)

NAMING = (
    ("ID", "The whole id, 64 hex digits."),
    (
        "PREFIX",
        "The first digits of an id, four or more. Where several configs start so, they are listed.",
    ),
    ("TAG", "The config that was given this tag last. `tag:NAME` is never anything but a tag."),
    ("@{N}", "The N-th newest config; `@{0}`, or `@` for short, is the newest."),
    (
        "FILE",
        "The config in a file, registered or not. A file whose name is also a tag or a prefix is"
        " written `./FILE`.",
    ),
)

QUERIES = (
    "`--where` takes a condition on a config's values. A key is reached by its path: `model.depth`,"
    " `layers[0].units`, `features[]` (any element).",
)

QUERY_FORMS = (
    ("k = 10, k != 10, k < 10, k <= 10, k > 10, k >= 10", "compare numbers and texts"),
    ("k BETWEEN 5 AND 10, k IN (5, 10)", "one of a range, one of a list"),
    ("name LIKE 'xg%', name ILIKE 'XG%'", "texts of a form; ILIKE whatever the case"),
    ("k IS NULL, k IS NOT NULL", "there is no value, there is one"),
    ("tag:baseline", "the config bears the tag"),
    ("created_at > '7 days ago'", "when it was registered; also author, description, source, id"),
)

QUERIES_END = (
    "Conditions are joined with `NOT`, `AND`, `OR` and parentheses. Texts stand in single quotes. A"
    " config that lacks the key fulfils no condition on it, not even `!=`.",
)

FORMATS = (
    ("%(id), %(short_id)", "the whole id, its first twelve digits"),
    ("%(description), %(tags)", "its first line; tags joined by commas"),
    ("%(created_at), %(author)", "when it was registered (UTC), and by whom"),
    ("%(parents), %(source)", "the ids it was derived from; the file it came from"),
    ("%(config.KEY), %(config)", "a value, by its path; the whole config on one line"),
    ("%%, %0a", "a percent sign; a character by its hex code"),
)

DATES = (
    "_DATE_ is a day (`2026-11-01`, the whole of it), a moment (`2026-11-01T12:30`), an age"
    " (`'7 days ago'`), `today` or `yesterday`; all in UTC.",
)

JSON = (
    "With `--json`, a command prints one JSON document. A config is an object with `id`,"
    " `short_id`, `description`, `tags`, `created_at`, `author`, `parents`, `source` and `config`;"
    " `list` and `search` leave `config` out unless told `--full`. What JSON cannot say (NaN,"
    " infinities, integer keys) is given as text, and `canonical` then holds the exact YAML.",
)

STATUSES = (
    ("0", "Done."),
    (
        "1",
        "The answer is no: not found, they differ (`--exit-code`), a check found something, you"
        " said no to a question.",
    ),
    ("2", "Wrong usage: an unknown command or option, a query or date that cannot be read."),
    ("3", "The repository or the data cannot be used: no repository, a damaged or invalid file."),
    ("130", "Interrupted with Ctrl-C."),
)

ENVIRONMENT = (
    ("GIT_DIR, GIT_WORK_TREE", "Which repository, as for every git command; `-C` comes first."),
    ("GIT_PAGER, PAGER", "Where long output goes on a terminal; so does git's `core.pager`."),
    ("NO_COLOR", "When set and not empty, no colours."),
    (
        "GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL",
        "Who registers, where that is not what `user.name` and `user.email` say.",
    ),
)

FILES = (
    (".exptrack/objects/, .exptrack/meta/", "Configs, and what is known of them; commit them."),
    (".exptrack/schema/", "JSON Schemas that configs are held against (`git exp config`)."),
    (".exptrack/format", "The number of the format."),
    ("refs/exptrack/catalogue, refs/exptrack/tags/", "All configs; one ref for each tag."),
    (
        "$GIT_DIR/exptrack/index.db",
        "An index made from git; it may be deleted at any time.",
    ),
)

EXAMPLES = (
    (
        "Register a config, say what it is, and tag it:",
        ("git exp add config.yaml -m 'more trees' -t candidate",),
    ),
    (
        "See what distinguishes it from the baseline:",
        ("git exp compare baseline candidate",),
    ),
    (
        "The ten newest configs with a learning rate below 0.01:",
        ("git exp list -n 10 --where 'training.lr < 0.01'",),
    ),
    (
        "Depth and description of all candidates, separated by tabs:",
        ("git exp list --tag candidate --format '%(config.model.depth)%09%(description)'",),
    ),
    (
        "Check an object against its id with nothing but coreutils:",
        ("git exp show baseline --yaml | sha256sum",),
    ),
    (
        "Everything that ever happened to a config:",
        ("git exp log candidate",),
    ),
    (
        "What a config file adds up to, with one value changed, and where each value comes from:",
        ("git exp config show configs/prod.yaml --set training.lr=0.01 --origin",),
    ),
    (
        "Check all config files against their schemas:",
        ("git exp config validate configs/*.yaml",),
    ),
    (
        "Put a tag on that begins with a hyphen:",
        ("git exp tag @ -- -draft",),
    ),
)
