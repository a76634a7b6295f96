"""`git exp run --needed`: nothing runs that has finished with the same command, config and code."""

from __future__ import annotations

from pathlib import Path

import pytest
from answers import Exp
from witness import commit_all, git

COUNTED = "sh", "-c", "echo x >> ../count"


@pytest.fixture
def counted(exp: Exp, repository: Path) -> Exp:
    """A repository with a config file, and a command that counts how often it ran."""
    (repository / "base.yaml").write_text("lr: 0.1\n")
    commit_all(repository)
    return exp


def times(repository: Path) -> int:
    return len((repository.parent / "count").read_text().splitlines())


def test_what_counts(counted: Exp, repository: Path) -> None:
    """The same again is not run; other configs, parameters and code are; a commit that changes no
    file, a name and a tag make no difference."""
    with_config = "run", "--needed", "-c", "base.yaml"
    counted(*with_config, "--", *COUNTED)
    answer = counted(*with_config, "-n", "other", "-t", "a=b", "--", *COUNTED)
    assert (times(repository), answer.out) == (1, "")
    assert answer.err.startswith("already done: run ")
    git(repository, "commit", "-q", "--allow-empty", "-m", "nothing")
    assert counted("run", "--needed", "-q", "-c", "base.yaml", "--", *COUNTED).err == ""
    assert times(repository) == 1
    counted(*with_config, "--param", "lr=0.2", "--", *COUNTED)
    (repository / "train.py").write_text("print('changed')\n")
    counted(*with_config, "--", *COUNTED)
    (repository / "new.py").write_text("untracked\n")
    counted(*with_config, "--", *COUNTED)
    assert times(repository) == 4
    (repository / "new.py").unlink()
    counted(*with_config, "--", *COUNTED)
    assert times(repository) == 4
    counted("run", "-q", "--", *COUNTED)
    assert times(repository) == 5


def test_another_folder(counted: Exp, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same command in another folder is another one."""
    command = "run", "--needed", "-q", "--", "sh", "-c", f"echo x >> {repository.parent}/count"
    counted(*command)
    for name in ("a", "b"):
        (repository / name).mkdir()
        monkeypatch.chdir(repository / name)
        counted(*command)
        counted(*command)
    assert times(repository) == 3


def test_what_failed_is_needed(counted: Exp, repository: Path) -> None:
    """A run that failed, or was deleted, is none that is done."""
    counted("run", "-q", "-e", "e", "--needed", "--", *COUNTED[:2], "exit 1", status=1)
    counted("run", "-q", "-e", "e", "--needed", "--", *COUNTED[:2], "exit 1", status=1)
    counted("run", "-q", "-e", "e", "--needed", "--", *COUNTED)
    counted("experiments", "delete", "e", "--force")
    counted("run", "-q", "-e", "e", "--needed", "--", *COUNTED)
    assert times(repository) == 2


def test_code_that_cannot_be_compared(counted: Exp, repository: Path) -> None:
    """Where the code's record leaves out a file that git does not ignore, it runs, and says why."""
    command = "run", "-q", "-e", "e", "--needed", "--", *COUNTED
    counted(*command)
    (repository / "id_rsa").write_text("a key\n")
    answer = counted(*command)
    assert answer.err == "note: --needed cannot tell: id_rsa is left out of the recorded code\n"
    assert times(repository) == 2
    (repository / ".git/info/exclude").write_text("id_rsa\n")
    assert counted(*command).err == ""
    assert times(repository) == 2
