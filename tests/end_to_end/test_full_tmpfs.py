"""A disk that fills while logs rotate and a feed is captured is waited for; nothing is lost."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.capture_chaos import wrong_lines
from tests.end_to_end.numbered_feed import NumberedFeed
from tests.end_to_end.processes import parts, until
from tests.segments import segment_paths

DISK_BYTES = 12_000_000
QUOTES_A_SECOND = 20_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    try:
        is_mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        is_mounted = False
    if not is_mounted:
        pytest.skip("a tmpfs may not be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_fills_while_logs_rotate_is_waited_for(small_disk: Path) -> None:
    filler = small_disk / "filler"
    with NumberedFeed(QUOTES_A_SECOND) as feed, parts(small_disk) as these:
        replayer = these.serve("--live", feed.address, "--capture-quota", "1GB")
        these.worker()
        these.sink("--rotate", "100KB")
        until(lambda: len(segment_paths(these.out, "mid_prices.log")) > 2, "rotations")
        fill(filler)
        until(lambda: these.ask("status")["feeds"][0]["state"] == "disk full", "a full disk")
        feed.quotes_a_second //= 20
        closed, sent = len(segment_paths(these.out, "mid_prices.log")), feed.sent
        filler.unlink()
        until(lambda: feed.sent > sent + 2_000, "more quotes")
        until(lambda: these.ask("status")["capture"]["behind_bytes"] < 100_000, "the present")
        until(lambda: closed < len(segment_paths(these.out, "mid_prices.log")), "a rotation")
        these.ask("stop")
        assert 0 == replayer.wait(60)

        assert "" == wrong_lines(these)


def fill(path: Path) -> None:
    """Take all room that is left."""
    with path.open("wb", buffering=0) as file:
        for piece in (1 << 16, 1 << 12):
            try:
                while True:
                    file.write(os.urandom(piece))
            except OSError:
                pass
