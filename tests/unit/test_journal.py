"""Journals: torn ends, damage, locks for life, forks and full disks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gittrack.errors import RepositoryError
from gittrack.journal.frames import frame, read_frames
from gittrack.journal.owner import SILENCE, Owner, is_locked, life_of, this_process
from gittrack.journal.reader import journal_files, read_events, read_header
from gittrack.journal.writer import Journal

PAYLOADS = st.lists(st.binary(max_size=40).filter(lambda data: b"\n" not in data), max_size=8)


def now() -> float:
    return time.time()


@given(PAYLOADS, st.integers(0, 400))
def test_a_torn_end_loses_nothing_before_it(payloads: list[bytes], cut: int) -> None:
    """Cut anywhere, the whole records are read, and nothing is called damaged."""
    data = b"".join(map(frame, payloads))[:cut]
    found = read_frames(data)
    read = [payload for payload, _ in found.records]
    assert read == payloads[: len(read)]
    assert not found.damaged
    assert len(data) - found.end < 60 + 10
    assert found.end == sum(len(frame(payload)) for payload in read)


@given(PAYLOADS.filter(lambda payloads: len(payloads) > 1), st.data())
def test_damage_before_the_end_is_reported(payloads: list[bytes], data: st.DataObject) -> None:
    """A byte that changed in the middle costs that record, is told, and nothing else."""
    frames = [frame(payload) for payload in payloads]
    number = data.draw(st.integers(0, len(frames) - 2))
    place = data.draw(st.integers(0, len(frames[number]) - 2))
    broken = bytearray(frames[number])
    broken[place] ^= 0x40 if broken[place] == 0x8A else 0x80  # never into a line feed
    found = read_frames(b"".join([*frames[:number], bytes(broken), *frames[number + 1 :]]))
    assert [p for p, _ in found.records] == payloads[:number] + payloads[number + 1 :]
    assert found.damaged == (sum(map(len, frames[:number])),)


def test_offsets_lead_to_the_next_record() -> None:
    """Reading may go on behind any record."""
    payloads = [b"one", b"two", b"three"]
    data = b"".join(map(frame, payloads))
    for number, (_, end) in enumerate(read_frames(data).records, 1):
        assert [payload for payload, _ in read_frames(data[end:], end).records] == payloads[number:]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """While it is open and after; the header says who writes."""
    journal = Journal(tmp_path, "run", {"run": "r1"})
    for number in range(100):
        journal.append(json.dumps(["n", number]).encode())
    found = read_header(journal.path)
    assert found is not None
    assert found.header["run"] == "r1"
    assert found.owner == this_process()
    assert [event for event, _ in read_events(journal.path, found.end)] == [
        ["n", number] for number in range(100)
    ]
    journal.append_many([b'["a"]', b'["b"]'])
    journal.close()
    assert [event for event, _ in read_events(journal.path, found.end)][-2:] == [["a"], ["b"]]
    assert journal_files(tmp_path) == [journal.path]


def test_a_journal_is_locked_for_life(tmp_path: Path) -> None:
    """It is taken for alive as long as its process lives, and for dead at once afterwards."""
    journal = Journal(tmp_path, "run", {})
    assert is_locked(journal.path) is True
    assert life_of(journal.path, this_process(), now) == "alive"
    journal.close()
    assert life_of(journal.path, this_process(), now) == "dead"


def test_a_killed_process_is_dead(tmp_path: Path) -> None:
    """All that it wrote is there, and its lock has gone with it."""
    program = (
        "import sys, time; from pathlib import Path\n"
        "from gittrack.journal.writer import Journal\n"
        "j = Journal(Path(sys.argv[1]), 'run', {})\n"
        "for n in range(1000): j.append(b'[%d]' % n)\n"
        "print('ready', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen(
        (sys.executable, "-c", program, str(tmp_path)), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    [path] = journal_files(tmp_path)
    header = read_header(path)
    assert header is not None
    assert life_of(path, header.owner, now) == "alive"
    process.kill()
    process.wait()
    process.stdout.close()
    assert life_of(path, header.owner, now) == "dead"
    assert [event for event, _ in read_events(path, header.end)] == [[n] for n in range(1000)]


def test_a_writer_on_another_machine_is_not_taken_for_dead(tmp_path: Path) -> None:
    """Its lock may not be seen here: only long silence, by the file system's clock, tells."""
    journal = Journal(tmp_path, "run", {})
    journal.close()
    other = Owner("elsewhere", "another-boot", 1, 1, 1)
    touched = journal.path.stat().st_mtime
    assert life_of(journal.path, other, lambda: touched + 3600) == "unknown"
    assert life_of(journal.path, other, lambda: touched + SILENCE + 1) == "dead"
    namesake = Owner(os.uname().nodename, "another-boot", 1, 1, 1)
    assert life_of(journal.path, namesake, lambda: touched + 60) == "unknown"


def test_a_forked_child_lets_go(tmp_path: Path) -> None:
    """The child does not write to its parent's journal, and does not hold its lock."""
    journal = Journal(tmp_path, "run", {})
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"1" if journal.is_ours else b"0")
        time.sleep(30)
        os._exit(0)
    try:
        assert os.read(reading, 1) == b"0"
        assert journal.is_ours
        journal.append(b'["parent"]')
        journal.close()
        assert is_locked(journal.path) is False
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)


def test_threads_do_not_mix_their_records(tmp_path: Path) -> None:
    """Records of four threads are whole, and all there."""
    journal = Journal(tmp_path, "run", {})

    def write(name: int) -> None:
        for number in range(500):
            journal.append(json.dumps([name, number, "x" * 200]).encode())

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = read_frames(journal.path.read_bytes())
    assert len(found.records) == 2001
    assert not found.damaged


FULL = """
import resource, signal, sys
from pathlib import Path
from gittrack.errors import RepositoryError
from gittrack.journal.writer import Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = Journal(Path(sys.argv[1]), "run", {})
size = journal.path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 1000, resource.RLIM_INFINITY))
failed = 0
for number in range(100):
    try:
        journal.append(b'["x", %d, "%s"]' % (number, b"y" * 50))
    except RepositoryError as error:
        failed += 1
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.append(b'["after"]')
print(failed)
"""


def test_a_full_disk_leaves_whole_records(tmp_path: Path) -> None:
    """What could not be written is told each time and leaves no half of it; when there is room
    again, logging goes on."""
    done = subprocess.run(
        (sys.executable, "-c", FULL, str(tmp_path)), capture_output=True, text=True, check=True
    )
    [path] = journal_files(tmp_path)
    found = read_frames(path.read_bytes())
    assert not found.damaged
    assert len(found.records) == 1 + (100 - int(done.stdout)) + 1
    assert found.records[-1][0] == b'["after"]'


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """The error names the journal, and nothing is left behind."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(RepositoryError, match="cannot write the journal"):
        Journal(tmp_path / "file", "run", {})
    assert os.listdir(tmp_path) == ["file"]
