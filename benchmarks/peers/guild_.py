"""Guild AI: each run is a process that `guild run` starts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import guild.main  # noqa: F401  (what its program imports)

from benchmarks.peers.contract import Peer

_SCRIPT = "".join(f"param_{n} = 0.5\n" for n in range(20)) + "".join(
    f'print("metric_{n}:", param_{n})\n' for n in range(5)
)


class Guild(Peer):
    """A script whose globals are the parameters and whose output has the metrics."""

    def run(
        self, params: Mapping[str, float], metrics: Mapping[str, float], tags: Mapping[str, str]
    ) -> None:
        del metrics  # the script prints them
        command = [
            str(Path(sys.executable).with_name("guild")),
            "-H",
            str(self.folder / "guild"),
            "run",
        ]
        command += ["train.py", "--yes", "--quiet"]
        command += [word for key, value in tags.items() for word in ("--tag", f"{key}={value}")]
        command += [f"{key}={value}" for key, value in params.items()]
        subprocess.run(
            command,
            cwd=self.folder / "project",
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @classmethod
    def prepare(cls, folder: Path) -> None:
        (folder / "guild").mkdir()
        (folder / "project").mkdir()  # Guild copies what lies beside the script
        (folder / "project" / "train.py").write_text(_SCRIPT)
