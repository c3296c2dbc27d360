"""A program without standard streams, or with full ones, exits with the code of its work."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from protocol.program.standard_streams import Output, has_failed

ROOT = Path(__file__).resolve().parents[3]
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
CLOSED = [">&-", "2>&-", "<&-", "<&- >&- 2>&-"]
FILLED = [">/dev/full", "2>/dev/full", ">/dev/full 2>/dev/full"]
REDIRECTIONS = [*CLOSED, *(pytest.param(one, marks=needs_full) for one in FILLED), "| true"]
# What stands at each number, told where nothing is redirected.
TELL = """
import json, os, sys
from protocol.program.standard_streams import open_standard_streams
open_standard_streams()
opened = os.open(sys.executable, os.O_RDONLY)
child = os.system("exec true <&0 >&1 2>&2")
places = [os.readlink(f"/proc/self/fd/{fd}") for fd in range(3)]
print("out", flush=True), print("error", file=sys.stderr)
open(sys.argv[1], "w").write(json.dumps([places, opened > 2, child, sys.stdin.read()]))
"""


def shell(redirections: str, *command: object) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, *map(str, command)]
    script = f'set -o pipefail; "$@" {redirections}'
    return subprocess.run(
        ["bash", "-c", script, "sh", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("redirections", REDIRECTIONS)
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("zmid --help", 0),
        ("zreplay nonsense", 2),
        ("zreplay inspect missing.csv", 4),
    ],
)
def test_the_exit_code_is_that_of_what_was_done(redirections: str, command: str, code: int) -> None:
    done = shell(redirections, "-m", *command.split())

    assert (code, False) == (done.returncode, "Traceback" in done.stderr)


@needs_full
def test_what_could_not_be_written_is_said() -> None:
    done = shell(">/dev/full", "-m", "zmid", "--help")

    assert "warning: standard output cannot be written: No space left on device\n" == done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("redirections", CLOSED)
def test_what_is_closed_is_dev_null_and_no_file_takes_its_number(
    tmp_path: Path, redirections: str
) -> None:
    told = tmp_path / "told.json"
    done = shell(redirections, "-c", TELL, told)
    places, is_above, child, read = json.loads(told.read_text())
    closed = [fd for fd, sign in enumerate(("<&-", " >&-", "2>&-")) if sign in f" {redirections}"]

    assert (0, 0, "", True) == (done.returncode, child, read, is_above)
    assert [os.devnull] * len(closed) == [places[fd] for fd in closed]


def test_a_character_that_the_encoding_has_not_is_written_as_an_escape() -> None:
    code = (
        "import sys; sys.stdout.reconfigure(encoding='ascii')\n"
        "from protocol.program.standard_streams import open_standard_streams\n"
        "open_standard_streams(); print('\\u2500\\udcff')"
    )

    assert "\\u2500\\udcff\n" == shell("| cat", "-c", code).stdout


def test_what_is_lost_is_known_and_what_is_written_is_not_called_lost(tmp_path: Path) -> None:
    def stream(file: IO[bytes]) -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BufferedWriter(Output(file.fileno(), "w", closefd=False)))

    with (tmp_path / "a").open("wb") as good, (tmp_path / "a").open("rb") as bad:
        written, lost = stream(good), stream(bad)
        for one in (written, lost):
            one.write("text")
            one.flush()

        assert [False, True, False] == [has_failed(written), has_failed(lost), has_failed(None)]
    assert "text" == (tmp_path / "a").read_text()
