"""Where GitPython comes in: signed commits, and a registry on a `Repo`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import git as gitpython
import pytest
from witness import git

from gittrack import ExperimentRegistry


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="signs with an SSH key")
def test_a_commit_is_signed_where_the_user_wants_it(repository: Path, tmp_path: Path) -> None:
    """With `commit.gpgSign`, `add --commit` makes a signed commit of the same files."""
    key = tmp_path / "key"
    subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)), check=True)
    for name, value in (
        ("gpg.format", "ssh"),
        ("user.signingKey", str(key)),
        ("commit.gpgSign", "true"),
    ):
        git(repository, "config", name, value)
    source = repository / "config.yaml"
    source.write_text("lr: 0.1\n")
    with ExperimentRegistry(repository) as registry:
        [added] = registry.add([source], commit=True)
    commit = git(repository, "cat-file", "commit", "HEAD")
    assert "gpgsig -----BEGIN SSH SIGNATURE-----" in commit
    assert f"Register {added.id[:12]}" in commit
    assert git(repository, "status", "--porcelain", "--", ".exptrack") == ""


def test_a_registry_on_a_repo_of_gitpython(repository: Path) -> None:
    """A `git.Repo` names its repository as a path does."""
    with ExperimentRegistry(gitpython.Repo(repository)) as registry:
        config_id = registry.register({"lr": 0.1})
    assert git(repository, "cat-file", "-t", "refs/exptrack/catalogue").strip() == "commit"
    with ExperimentRegistry(repository) as registry:
        assert registry.get(config_id).config == {"lr": 0.1}
