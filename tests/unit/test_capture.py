"""What surrounds a run is found, and no secret is kept with it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import random
import string
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gittrack.canonical.emit import emit
from gittrack.capture import (
    capture_environment,
    looks_secret,
    note_seed,
    noted_seeds,
    redact,
    redact_mapping,
    redact_text,
    redact_url,
    set_seeds,
)
from gittrack.capture.gpus import parse_answer
from gittrack.capture.packages import normalised, packages
from gittrack.capture.secret_files import holds_private_key, named_like_a_secret
from gittrack.errors import UsageError

R = "[redacted]"
COMMIT = "3f786850e387550fdab836ed7e6dc881de23001b"
SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
AWS_ID = "AKIA" + "IOSFODNN7EXAMPLE"
GITHUB = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
SLACK = "xoxb-" + "1234567890-ABCdefGHIjkl"
OPENAI = "sk-" + "abcdEFGH1234ijklMNOP5678"
PROJECT = "sk-proj-" + "Ab_12-cdefghijklmnopqrs"
HF = "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
RANDOM = "q7Rt2XvB9mLk4WzP8sYd3NfH"

SECRETS = [
    (["--token", "abc"], ["--token", R]),
    (["--token=abc"], [f"--token={R}"]),
    (["--api-key=abc", "--lr", "0.1"], [f"--api-key={R}", "--lr", "0.1"]),
    (["--apiKey", "abc"], ["--apiKey", R]),
    (["--password", "two words"], ["--password", R]),
    (["--password", "-dash"], ["--password", R]),
    (["-p", RANDOM], ["-p", R]),
    (["--key", RANDOM], ["--key", R]),
    (["OPENAI_API_KEY=abc", "python"], [f"OPENAI_API_KEY={R}", "python"]),
    (["-e", "DB_PASSWORD=a b=c"], ["-e", f"DB_PASSWORD={R}"]),
    (["-Dpassword=x"], [f"-Dpassword={R}"]),
    (["+db.password=x", "optimizer.lr=0.1"], [f"+db.password={R}", "optimizer.lr=0.1"]),
    (["--user", "ada:hunter2"], ["--user", f"ada:{R}"]),
    (["-u", "ada:hunter2"], ["-u", f"ada:{R}"]),
    (["https://ada:pw@example.org/x"], [f"https://{R}:{R}@example.org/x"]),
    (["postgres://ada:p@w@db:5432/x"], [f"postgres://ada:{R}@db:5432/x"]),
    (["--url=redis://:pw@cache:6379/0"], [f"--url=redis://:{R}@cache:6379/0"]),
    (["https://abcdef123@example.org/x"], [f"https://{R}@example.org/x"]),
    (["https://x.org/a?id=7&access_token=abc#f"], [f"https://x.org/a?id=7&access_token={R}"]),
    (["https://hooks.slack.com/services/T0/B0/xyz"], [f"https://hooks.slack.com/services/{R}"]),
    (["-H", "Authorization: Bearer abcdef"], ["-H", f"Authorization: {R}"]),
    (["-H", "X-Api-Key: abc"], ["-H", f"X-Api-Key: {R}"]),
    (["Bearer", "x"], ["Bearer", "x"]),
    (["use Bearer abc.def-123 now"], [f"use Bearer {R} now"]),
    ([AWS_ID, GITHUB, SLACK], [R, R, R]),
    ([OPENAI, PROJECT, HF], [R, R, R]),
    (["--note", f"it was {HF}."], ["--note", f"it was {R}."]),
    (["bash", "-c", "export A_TOKEN=abc; run"], ["bash", "-c", f"export A_TOKEN={R}; run"]),
    (["bash", "-c", "login --password abc -v"], ["bash", "-c", f"login --password {R} -v"]),
    (['{"password": "a b", "lr": 1}'], [f'{{"password": "{R}", "lr": 1}}']),
    (["--use-auth-token", "--lr=0.1"], ["--use-auth-token", "--lr=0.1"]),
    (["mysql", "-uroot", "-phunter2"], ["mysql", "-uroot", f"-p{R}"]),
    (["/usr/bin/mysqldump", "-phunter2"], ["/usr/bin/mysqldump", f"-p{R}"]),
    (["sshpass", "-p", "hunter2", "ssh"], ["sshpass", "-p", R, "ssh"]),
    (["--wandb-key", COMMIT], ["--wandb-key", R]),
    ([f"https://b.org/x?X-Amz-Signature={SHA256}"], [f"https://b.org/x?X-Amz-Signature={R}"]),
    ([f'run key="{RANDOM * 30}" x'], [f'run key="{R}" x']),
    (["--auth", "Basic dXNlcjpwYXNz"], ["--auth", f"Basic {R}"]),
    (["--sas", "sig=abc&token=d"], ["--sas", f"sig=abc&token={R}"]),
]

HARMLESS = [
    ["--tokenizer", "bert-base-uncased"],
    ["--max-tokens", "512", "--max_token=3", "--num-tokens", "4"],
    ["--pad-token", "</s>", "--eos_token=<eos>", "--token-dropout", "0.1"],
    ["--key-size", "3", "--key", "value", "--sort-key=name", "--partition-key", "user_id_2024"],
    ["--lr", "0.1", "--seed=42", "-p", "8080", "-k", "5", "-t", "10"],
    ["--commit", COMMIT, "--key", SHA256, "--session", COMMIT, SHA256],
    ["/home/ada/data/token_counts.csv", "./keys/2024/run.yaml", "C:\\data\\x"],
    ["--password-file", "/run/secrets/db", "--token-path=/x", "--secret-name", "prod"],
    ["--author", "ada@example.org", "git@github.com:ada/repo.git", "ssh://git@x.org/repo"],
    ["-u", "1000:1000", "--user", "ada", "--map", "host:8080", "--auth", "none"],
    ["https://example.org/a?page=2&sort=name#top", "s3://bucket/key/part-0001"],
    ["model.pooling.type=max", "data.keys=[a,b]", "a==b", "--flag=", "=", "--", "-", ""],
    ["--compass", "north", "--bypass", "--passes", "3", "--n-pass=2", "basic training"],
    ["train.py:12", "note: keep", "lr: 0.1", "when: 10:30:00", "--use-token=true"],
    ["sk-learn-random-forest-classifier-v2", "hf_model", "task-sk-abc", "--name", "eyJhbGci"],
]


@pytest.mark.parametrize(("given_", "expected"), SECRETS)
def test_a_secret_is_taken_out(given_: list[str], expected: list[str]) -> None:
    """By its name, its shape or its place; the rest of the command line stays."""
    assert redact(given_) == expected


@pytest.mark.parametrize("arguments", HARMLESS)
def test_what_is_no_secret_stays(arguments: list[str]) -> None:
    """Options that sound similar, paths, addresses, ids of commits."""
    assert redact(arguments) == arguments


@pytest.mark.parametrize(
    "name",
    [
        *("token", "API_KEY", "apiKey", "HF_TOKEN", "x-api-key", "AWS_SECRET_ACCESS_KEY", "passwd"),
        *("db.password", "clientSecret", "SLURM_JWT", "SLACK_WEBHOOK_URL", "db_pass", "authToken"),
    ],
)
def test_a_name_of_a_secret(name: str) -> None:
    """Whatever its case and its separators are."""
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name",
    ["tokenizer", "max_tokens", "key", "PWD", "OLDPWD", "TOKEN_FILE", "monkey", "", "7", "compass"],
)
def test_a_name_that_is_none_of_a_secret(name: str) -> None:
    """Words that only contain, or speak about, such a name."""
    assert not looks_secret(name)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://ada:pw@example.org/r.git", "https://example.org/r.git"),
        ("https://token@example.org/r.git", "https://example.org/r.git"),
        ("https://a:b@c@example.org/r.git", "https://example.org/r.git"),
        ("ssh://git@example.org:22/r.git", "ssh://git@example.org:22/r.git"),
        ("ssh://ada:pw@example.org/r.git", "ssh://example.org/r.git"),
        ("git@example.org:ada/r.git", "git@example.org:ada/r.git"),
        ("https://example.org/r.git?token=abc", f"https://example.org/r.git?token={R}"),
        ("/srv/repositories/r.git", "/srv/repositories/r.git"),
    ],
)
def test_an_address_loses_its_credentials(url: str, expected: str) -> None:
    """User and password go; where the repository is stays."""
    assert redact_url(url) == expected


def test_a_mapping_keeps_its_names() -> None:
    """Values go by their names, or by what they look like."""
    given_ = {"A_TOKEN": "abc", "LANG": "C", "PROXY": "http://a:b@proxy:1"}
    assert redact_mapping(given_) == {"A_TOKEN": R, "LANG": "C", "PROXY": f"http://{R}:{R}@proxy:1"}


words = st.text(st.sampled_from(string.printable + "é日\udcff\u200b"), max_size=30)
pieces = st.sampled_from(
    [
        *("--token", "--password=", "a=", "://", "@", ":", "Bearer ", "Authorization: ", '"', "'"),
        *("-----BEGIN PRIVATE KEY-----", "[", "]", "https://u:p@h", "key", GITHUB, "\\", " ", "--"),
        R,
    ]
)
texts = st.lists(words | pieces, max_size=6).map("".join)


@given(st.lists(texts, max_size=6))
@example(["--token", '"\\'])
@example(["a=" * 5000])
def test_redacting_again_changes_nothing(arguments: list[str]) -> None:
    """Whatever the arguments are: never an error, the same count, and once is enough."""
    once = redact(arguments)
    assert len(once) == len(arguments)
    assert redact(once) == once


@given(texts)
def test_texts_and_addresses_are_redacted_once(text: str) -> None:
    """Free text and addresses, too, are the same when they are redacted again."""
    assert redact_text(redact_text(text)) == redact_text(text)
    assert redact_url(redact_url(text)) == redact_url(text)


secrets = st.text(string.ascii_letters + string.digits + "_+.~", min_size=9, max_size=40)
places = st.sampled_from(
    [
        lambda s: ["--password", s],
        lambda s: [f"--api-key={s}"],
        lambda s: [f"DB_PASSWORD={s}"],
        lambda s: [f"https://ada:{s}@example.org/x"],
        lambda s: [f"postgresql://ada:{s}@db/x?sslmode=require"],
        lambda s: [f"https://example.org/?page=1&access_token={s}&x=2"],
        lambda s: ["-H", f"Authorization: Bearer {s}"],
        lambda s: ["-H", f"Authorization: Basic {s}"],
        lambda s: ["sh", "-c", f"SECRET='{s}' run --secret-key {s} | tee log"],
        lambda s: ["--set", f'{{"client_secret": "{s}"}}'],
        lambda s: [f"-----BEGIN EC PRIVATE KEY-----\n{s}\n-----END EC PRIVATE KEY-----"],
    ]
)


@given(secrets, places, st.lists(texts, max_size=3))
def test_a_known_secret_never_survives(secret: str, place: object, before: list[str]) -> None:
    """Wherever it stands, and whatever stands before it."""
    assert callable(place)
    known = f"Zq{secret}9"
    arguments = [text.replace(known, "") for text in before]
    assert known not in "\0".join(redact(["train.py", *arguments, "end", *place(known)]))


@pytest.mark.parametrize(
    "path",
    [
        *(".env", "deep/.env.local", "id_rsa", "keys/ID_ED25519", "server.PEM", "a/b.p12"),
        *(
            "credentials.json",
            "x/.netrc",
            ".pypirc",
            "home/.aws/credentials",
            "gcp-credentials.json",
        ),
    ],
)
def test_a_file_that_is_named_like_a_secret(path: str) -> None:
    """In any folder, in any case."""
    assert named_like_a_secret(path)


@pytest.mark.parametrize(
    "path",
    [
        "train.py",
        ".env.example",
        "id_rsa.pub",
        "environment.yml",
        "tokenizer.json",
        "key.py",
        "pem",
    ],
)
def test_a_file_that_is_not(path: str) -> None:
    """Examples, public keys, code."""
    assert not named_like_a_secret(path)


def test_a_private_key_is_known_by_its_header() -> None:
    """At the start of a line, as in a key file; not within a line of code that looks for one."""
    assert holds_private_key(b"Bag Attributes\n-----BEGIN RSA PRIVATE KEY-----\nMIIE")
    assert holds_private_key(b"PuTTY-User-Key-File-3: ssh-ed25519\n")
    assert not holds_private_key(b"-----BEGIN CERTIFICATE-----\n")
    assert not holds_private_key(b'KEY = re.compile("-----BEGIN PRIVATE KEY-----")\n')


def environment(tmp_path: Path, **changes: object) -> dict[str, object]:
    settings: dict[str, object] = {
        "argv": ["train.py", "--lr", "0.1", "--token", "abc"],
        "cwd": tmp_path / "sub",
        "variables": {"PATH": "", "HOME": "/x"},
        "top": tmp_path,
    }
    (tmp_path / "sub").mkdir(exist_ok=True)
    return dict(capture_environment(**{**settings, **changes}))  # type: ignore[arg-type]


def test_the_environment_is_plain_and_tells_where_a_run_was_made(tmp_path: Path) -> None:
    """All of it has a canonical form; what the machine says of itself is there."""
    found = environment(tmp_path)
    assert emit(found)  # type: ignore[arg-type]
    assert found["command"] == ["train.py", "--lr", "0.1", "--token", R]
    assert found["folder"] == "sub"
    assert found["python"]["version"] == ".".join(map(str, sys.version_info[:3]))  # type: ignore[index]
    assert found["cpu"]["count"] == os.cpu_count()  # type: ignore[index]
    assert found["memory"]["total_bytes"] > 1 << 26  # type: ignore[index]
    assert found["host"] == os.uname().nodename


def test_a_folder_outside_the_repository_is_told_in_full(tmp_path: Path) -> None:
    """The top itself is a dot, and a folder elsewhere has its own path."""
    assert environment(tmp_path, cwd=tmp_path)["folder"] == "."
    assert environment(tmp_path, cwd=Path("/"))["folder"] == "/"


def test_parts_can_be_left_out(tmp_path: Path) -> None:
    """What is named in `without` is neither looked for nor there."""
    found = environment(tmp_path, without=("packages", "gpus", "host", "user"))
    assert not {"packages", "package_origins", "gpus", "host", "user"} & found.keys()
    assert "python" in found


def test_only_allowed_variables_are_kept_and_no_secrets_among_them(tmp_path: Path) -> None:
    """By name or pattern; a job's token is redacted though its pattern is allowed."""
    variables = {"SLURM_JOB_ID": "7", "SLURM_JWT": "eyJx", "PATH": "", "OMP_NUM_THREADS": "4"}
    found = environment(tmp_path, variables=variables)
    assert found["variables"] == {"OMP_NUM_THREADS": "4", "SLURM_JOB_ID": "7", "SLURM_JWT": R}
    assert environment(tmp_path, variables=variables, allow=("PA*",))["variables"] == {"PATH": ""}


def test_bytes_that_are_no_text_are_escaped(tmp_path: Path) -> None:
    """A command line may hold any bytes; what is recorded is text."""
    found = environment(tmp_path, argv=["\udcff.py"], variables={"PATH": "", "LANG": "\udcfe"})
    assert found["command"] == ["\\xff.py"]
    assert found["variables"] == {"LANG": "\\xfe"}
    assert emit(found)  # type: ignore[arg-type]


def test_lock_files_are_known_by_their_hash(tmp_path: Path) -> None:
    """Those at the top of the repository, with what `sha256sum` says of them."""
    (tmp_path / "uv.lock").write_text("version = 1\n")
    (tmp_path / "requirements-dev.txt").write_text("pytest\n")
    (tmp_path / "requirements.txt").mkdir()
    (tmp_path / "notes.txt").write_text("x\n")
    found = environment(tmp_path)["lock_files"]
    assert found == {
        "requirements-dev.txt": hashlib.sha256(b"pytest\n").hexdigest(),
        "uv.lock": hashlib.sha256(b"version = 1\n").hexdigest(),
    }


def test_the_packages_are_those_that_python_finds() -> None:
    """Names and versions are what each package's own metadata says."""
    expected: dict[str, str] = {}
    for one in importlib.metadata.distributions():
        expected.setdefault(normalised(one.metadata["Name"]), one.version)
    assert {package.name: package.version for package in packages()} == expected
    assert len(expected) > 10


def test_packages_of_every_kind_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old and new installers, development installs, VCS addresses, damage; the first one wins."""
    first, second = tmp_path / "first", tmp_path / "second"
    origins = {
        "Edit_able-1.0.dist-info": {"url": "file:///src/e", "dir_info": {"editable": True}},
        "from.git-2.0.dist-info": {
            "url": "https://ada:pw@example.org/g.git",
            "vcs_info": {"vcs": "git", "commit_id": COMMIT},
        },
        "local-3.0+cu118.dist-info": {"url": "file:///w.whl", "archive_info": {}},
        "odd-1.dist-info": ["not", "a", "mapping"],
    }
    for name, origin in origins.items():
        (first / name).mkdir(parents=True)
        (first / name / "direct_url.json").write_text(json.dumps(origin))
    (first / "develop.egg-info").mkdir()
    (first / "develop.egg-info" / "PKG-INFO").write_text(
        "Name: Develop\nVersion: 9\n\nVersion: 0\n"
    )
    (first / "old-4.0-py3.11-linux-x86_64.egg-info").write_text("Name: old\n")
    (first / "nameless.dist-info").mkdir()
    (second / "local-0.1.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(first), str(second), str(tmp_path / "none.zip")])
    assert [(p.name, p.version, p.origin) for p in packages()] == [
        ("develop", "9", None),
        ("edit-able", "1.0", "editable at /src/e"),
        ("from-git", "2.0", f"git+https://example.org/g.git@{COMMIT}"),
        ("local", "3.0+cu118", "file:///w.whl"),
        ("odd", "1", None),
        ("old", "4.0", None),
    ]


def test_seeds_are_set_noted_and_captured(tmp_path: Path) -> None:
    """The same seed gives the same numbers, and the run tells what was seeded."""
    assert {"random", "numpy"} <= set(set_seeds(2**32 + 7))
    first = random.random(), float(np.random.random())
    set_seeds(2**32 + 7)
    assert (random.random(), float(np.random.random())) == first
    note_seed("loader", 3)
    assert noted_seeds()["numpy"] == 7
    found = environment(tmp_path, variables={"PATH": "", "PYTHONHASHSEED": "0"})["seeds"]
    assert found == {**noted_seeds(), "PYTHONHASHSEED": "0"}
    assert noted_seeds()["loader"] == 3


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    """The message says what a seed is."""
    with pytest.raises(UsageError, match="from 0 to 2"):
        set_seeds(seed)


def test_an_answer_of_nvidia_smi_is_understood() -> None:
    """Names, memory in bytes, driver; what is not a GPU's line is passed over."""
    answer = "NVIDIA A100-SXM4-80GB, 81920, 550.54.15, GPU-1\nOther, [N/A], 550, GPU-2\nfailed\n"
    assert list(parse_answer(answer)) == [
        {
            "name": "NVIDIA A100-SXM4-80GB",
            "memory_bytes": 81920 << 20,
            "driver": "550.54.15",
            "uuid": "GPU-1",
        },
        {"name": "Other", "memory_bytes": None, "driver": "550", "uuid": "GPU-2"},
    ]


def gpus_with(script: str, folder: Path) -> str:
    """What another process finds with such an `nvidia-smi` on its PATH."""
    program = folder / "nvidia-smi"
    program.write_text(script)
    program.chmod(0o755)
    code = (
        "import sys; from gittrack.capture.gpus import gpus;"
        f"print([g['name'] for g in gpus({{'PATH': {str(folder)!r}}})], 'torch' in sys.modules)"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_gpus_are_those_of_the_program_on_the_path(tmp_path: Path) -> None:
    """Its answer counts, its failure means none, and PyTorch is not imported."""
    answer = "#!/bin/sh\necho 'Tesla T4, 15360, 550, GPU-1'\n"
    assert gpus_with(answer, tmp_path) == "['Tesla T4'] False"
    assert gpus_with(answer + "exit 9\n", tmp_path) == "[] False"


@pytest.mark.slow
def test_a_driver_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    """After two seconds there are no GPUs known."""
    assert gpus_with("#!/bin/sh\nexec /bin/sleep 60\n", tmp_path) == "[] False"
