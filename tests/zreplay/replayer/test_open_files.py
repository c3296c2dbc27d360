"""Files give all their rows while rejected.log has room, and end whatever the disk does."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.zreplay.example_quotes import make_block
from zreplay.historical.files_reached import FilesReached
from zreplay.quotes.source import Piece
from zreplay.replayer.open_files import OpenFiles
from zreplay.replayer.rejected_log import RejectedLog

PATIENCE_SECONDS = 5.0


class FakeSource:
    """A source of one file and four rows, at offsets 0 to 3 of four."""

    def __init__(self) -> None:
        self.starts = {"a.csv": 0}
        self.is_closed = False
        self._pieces = [Piece(make_block(range(4)), lambda rows: b"")]

    def read(self) -> Piece | None:
        return self._pieces.pop() if self._pieces else None

    def take_rows_read(self) -> int:
        return 4

    def checkpoint(self) -> None:
        return None

    def share(self, reached: dict[int, int], begun: None = None) -> float:
        return reached[0] / 4

    def close(self) -> None:
        self.is_closed = True


def reached(source: FakeSource) -> FilesReached:
    found = FilesReached(has_start=False)
    found.open(source.starts.values(), is_from_start=True)
    return found


class FullLog(RejectedLog):
    """A log on a disk that is full until it is not."""

    def __init__(self) -> None:
        super().__init__(Path("rejected.log"))
        self.has_room = False
        self.was_asked = threading.Event()

    def flush(self) -> bool:
        self.was_asked.set()
        return self.has_room


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> FullLog:
    monkeypatch.setattr("zreplay.replayer.open_files.FULL_DISK_SECONDS", 0.001)
    return FullLog()


@pytest.fixture
def bell() -> threading.Event:
    return threading.Event()


@pytest.fixture
def files(log: FullLog, bell: threading.Event) -> Iterator[OpenFiles]:
    source: Any = FakeSource()
    files = OpenFiles(
        source,
        reached(source),
        log,
        bell.set,
        is_sought=True,
        at_first=lambda: None,
    )
    yield files
    files.close()


def test_while_what_was_rejected_has_no_room_no_row_is_given(
    log: FullLog, bell: threading.Event, files: OpenFiles
) -> None:
    assert log.was_asked.wait(PATIENCE_SECONDS)
    assert not files.head.fill()
    log.has_room = True

    assert bell.wait(PATIENCE_SECONDS)
    assert files.head.fill()


def test_a_full_disk_does_not_keep_them_open(log: FullLog) -> None:
    source: Any = FakeSource()
    files = OpenFiles(
        source,
        reached(source),
        log,
        lambda: None,
        is_sought=False,
        at_first=lambda: None,
    )
    assert log.was_asked.wait(PATIENCE_SECONDS)
    files.close()

    assert source.is_closed


def test_what_is_done_at_first_keeps_no_quote_and_has_ended_when_they_are_closed(
    log: FullLog, bell: threading.Event
) -> None:
    log.has_room = True
    source: Any = FakeSource()
    is_read, done = threading.Event(), list[bool]()
    files = OpenFiles(
        source,
        reached(source),
        log,
        bell.set,
        is_sought=False,
        at_first=lambda: done.append(is_read.wait(PATIENCE_SECONDS)),
    )
    assert bell.wait(PATIENCE_SECONDS)
    assert files.head.fill()
    is_read.set()
    files.close()

    assert [True] == done


class FakeRing:
    """Takes note of how many rows were read at each offer."""

    def __init__(self) -> None:
        self.rows: list[int] = []

    def offer(self, take: Any, rows: int, refused: Any) -> None:
        assert (None, 0) == (take(), refused())
        self.rows.append(rows)


@pytest.mark.parametrize("has_room", [False, True])
def test_a_checkpoint_is_behind_no_row_that_has_no_room_in_rejected_log(
    log: FullLog, bell: threading.Event, has_room: bool
) -> None:
    log.has_room = has_room
    source, ring = FakeSource(), FakeRing()
    untyped: Any = (source, ring)
    files = OpenFiles(
        untyped[0],
        reached(source),
        log,
        bell.set,
        untyped[1],
        is_sought=False,
        at_first=lambda: None,
    )
    assert log.was_asked.wait(PATIENCE_SECONDS)
    if has_room:
        assert bell.wait(PATIENCE_SECONDS)
    files.close()

    assert ([4] if has_room else []) == ring.rows


def test_the_progress_is_known_once_a_row_is_and_counts_what_has_left(
    log: FullLog, bell: threading.Event, files: OpenFiles
) -> None:
    shares = [files.share()]
    log.has_room = True
    assert bell.wait(PATIENCE_SECONDS)
    assert files.head.fill()
    shares.append(files.share())
    files.head.advance(3)
    shares.append(files.share())

    assert [None, 0.0, 0.75] == shares
