"""What is kept of each ticker reaches as far as no commit of the ring goes back behind."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from protocol.commit import Commit, Tail
from protocol.declaration import Declaration
from protocol.result_folder import TABLE
from tests.zmid.fakes import RUN
from tests.zmid.test_publishing import computed
from zmid.ticker_counts import FILE, Counted, TickerCounts

PROCESSORS: tuple[Declaration, ...] = computed(["A"]).processors
FIRST = Commit(
    0, RUN, 1, 0, b"", Tail(), Tail(), 0, 0, 0, None, "", False, 0, PROCESSORS, (Tail(),)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / FILE).parent.mkdir()
    return tmp_path


def at(number: int) -> Commit:
    """Return a commit that ends 3 bytes into this segment, each before which has 10."""
    return replace(FIRST, output_tails=(Tail(3, 0, number, 10 * number),))


def test_it_is_kept_once_no_commit_names_a_segment_before_it(folder: Path) -> None:
    counts, tickers = TickerCounts(folder, syncs=False), {"A": 1}
    kept = []
    for number, named in ((0, 0), (1, 0), (2, 0), (5, 1), (6, 5), (9, 9)):
        tickers["A"] = number
        counts.turn(at(number), tickers, named)
        read = TickerCounts(folder, syncs=False).read(RUN)
        kept.append((counts.number, read and (read.number, read.end, read.tickers)))

    assert [
        *[(0, None)] * 3,
        (1, (1, 13, {"A": 1})),
        (5, (5, 53, {"A": 5})),
        (6, (6, 63, {"A": 6})),
    ] == kept


def test_it_is_of_its_run_and_whole_or_not_there(folder: Path) -> None:
    counts = TickerCounts(folder, syncs=True)
    assert None is counts.read(RUN)
    counts.turn(at(3), {"Ö,\n": 7}, 0)
    counts.turn(at(4), {}, 3)

    assert Counted(1, RUN.hex(), 3, 33, {"Ö,\n": 7}) == TickerCounts(folder, syncs=True).read(RUN)
    assert None is TickerCounts(folder, syncs=True).read(b"s" * 16)
    text = (folder / FILE).read_bytes()
    for damaged in (b"", text[:-3], b"{}", text.replace(b'"version":1', b'"version":2')):
        (folder / FILE).write_bytes(damaged)
        assert None is counts.read(RUN)
    assert TABLE in at(0).tails


def test_what_cannot_be_written_keeps_the_segments_and_is_said_once(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counts = TickerCounts(folder, syncs=False)
    counts.turn(at(3), {"A": 1}, 0)
    part = folder / f"{FILE}.part"
    part.mkdir()
    for _ in range(2):
        counts.turn(at(9), {"A": 9}, 5)
    assert (0, 1) == (counts.number, caplog.text.count("counts of tickers are not kept"))
    part.rmdir()
    counts.turn(at(9), {"A": 9}, 5)

    assert 3 == counts.number
