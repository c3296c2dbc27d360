"""The progress of a replayer that runs: what was asked for, passes, and what is left."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.processes import until
from tests.zreplay.fake_sink import NO_LIMIT, load_replayer, surroundings, write_recording
from zreplay.controls.operator import Operator
from zreplay.controls.rates import Rates
from zreplay.controls.readout import position_of, status_of
from zreplay.historical import index_cache
from zreplay.historical.indexing import make_indexes
from zreplay.historical.selection import Selection
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.index import entries
from zreplay.replayer.link import Link
from zreplay.replayer.replayer import Replayer
from zreplay.settings import MAX_JUMP_NS

SECOND_NS = 1_000_000_000
ROWS = 4_000
SPREAD_MS = 10
FIRST_NS = 1_759_446_600_005_000_000


@pytest.fixture
def place_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[dict[str, Any]]]:
    """Give a way to replay two files of 40 s and to see the status as often as was asked."""
    monkeypatch.setattr(Link, "send_batch", lambda *_: True)
    monkeypatch.setattr(Link, "has_room", lambda _: True)
    files = tuple(
        write_recording(tmp_path / name, ROWS, spread_ms=SPREAD_MS) for name in ("a.csv", "b.csv")
    )

    def places(*quotes: int, **asked: Any) -> list[dict[str, Any]]:
        options = {"historical": files, "acks": "none", "batch_quotes": 10, "rate": None}
        seen = []
        with surroundings(tmp_path, **options | asked) as around, around.replayer() as replayer:
            load_replayer(replayer)
            for count in quotes:
                until(lambda count=count: _plays(replayer, count), "the quotes")
                seen.append(status_of(replayer, Rates(), NO_LIMIT))
        return seen

    return places


def _plays(replayer: Replayer, count: int) -> bool:
    while replayer.session.window.next < count and replayer.play(0):
        pass
    replayer.errands.advance()
    return replayer.session.window.next >= count


def _begins_again(replayer: Replayer) -> bool:
    replayer.errands.advance()
    places = replayer.session.cursors
    if places.is_rewound and places.are_open:
        return True
    replayer.play(0)
    return False


def about(place: dict[str, Any]) -> tuple[float, str]:
    return round(place["progress"], 2), place["progress_of"]


def at(seconds: int) -> int:
    return FIRST_NS + seconds * SECOND_NS


def index(*files: Path) -> None:
    make_indexes(files, columns=FormatOptions(), max_jump_ns=MAX_JUMP_NS, latency=None)


def test_the_progress_is_of_what_was_asked_for(place_after: Any) -> None:
    window = Selection(from_ns=at(10), to_ns=at(30))
    cases = [
        (Selection(), 2_000, (0.25, "bytes")),
        (window, 1_000, (0.25, "time")),
        (Selection(to_ns=at(20)), 1_000, (0.25, "time")),
        (Selection(from_ns=at(20)), 1_000, (0.25, "bytes")),
        (Selection(start_offset_ns=10**10, duration_ns=2 * 10**10), 1_000, (0.25, "time")),
        (Selection(limit=4_000), 1_000, (0.25, "limit")),
        (Selection(limit=10**9, to_ns=at(20)), 1_000, (0.25, "time")),
        (Selection(limit=10**9), 2_000, (0.25, "bytes")),
        (Selection(tickers=("A",)), 2_000, (0.25, "bytes")),
    ]
    for selection, sent, expected in cases:
        [place] = place_after(sent, selection=selection)

        assert expected == about(place), selection


def test_with_an_index_the_progress_counts_quotes(
    place_after: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "LEAST_ROWS", 16)
    monkeypatch.setattr(index_cache, "LEAST_KEPT_BYTES", 1)
    index(tmp_path / "a.csv", tmp_path / "b.csv")
    for asked in ({}, {"from_ns": at(20)}, {"from_ns": at(10), "to_ns": at(30)}):
        rows = {0: 8_000, 1: 4_000, 2: 4_000}[len(asked)]
        [place] = place_after(rows // 4, selection=Selection(**asked))

        assert (0.25, "quotes") == about(place), asked


def test_each_pass_of_a_loop_is_a_part_of_it(place_after: Any) -> None:
    places = place_after(4_000, 12_000, 24_000, loop=3)

    assert [(0.17, 0, 3), (0.5, 1, 3), (1.0, 2, 3)] == [
        (round(place["progress"], 2), place["pass"], place["passes"]) for place in places
    ]
    [without_end] = place_after(12_000, loop=None)
    assert (0.5, 1, None) == (
        round(without_end["progress"], 2),
        without_end["pass"],
        without_end["passes"],
    )


def test_what_is_left_follows_from_the_pace_and_a_pause_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Link, "send_batch", lambda *_: True)
    monkeypatch.setattr(Link, "has_room", lambda _: True)
    path = write_recording(tmp_path / "quotes.csv", ROWS, spread_ms=SPREAD_MS)
    options = {"historical": (path,), "acks": "none", "batch_quotes": 10, "rate": None, "loop": 3}
    with surroundings(tmp_path, **options) as around, around.replayer() as replayer:
        operator = Operator(replayer)
        load_replayer(replayer)
        assert operator.status(0)["left_ns"] is None
        for second in range(11):
            until(lambda count=100 * second: _plays(replayer, count), "the quotes")
            operator.look(second * SECOND_NS)
        playing_ns = operator.status(11 * SECOND_NS)["left_ns"]
        replayer.playback.pause(11 * SECOND_NS)
        for second in range(11, 100):
            operator.look(second * SECOND_NS)

        # Of 120 s for three passes; the first rows of a file are the shortest.
        assert 105 < playing_ns / SECOND_NS < 115
        assert playing_ns == operator.status(100 * SECOND_NS)["left_ns"]


def test_a_paced_replay_knows_what_is_left_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Link, "send_batch", lambda *_: True)
    monkeypatch.setattr(Link, "has_room", lambda _: True)
    path = write_recording(tmp_path / "quotes.csv", ROWS, spread_ms=SPREAD_MS)
    window = Selection(from_ns=at(10), to_ns=at(30))
    options = {"historical": (path,), "acks": "none", "rate": Fraction(4), "selection": window}
    for more, seconds in (({}, 5), ({"max_gap_ns": SECOND_NS}, None)):
        with surroundings(tmp_path, **options | more) as around, around.replayer() as replayer:
            load_replayer(replayer)
            until(lambda: _plays(replayer, 1), "the first quote")
            left_ns = status_of(replayer, Rates(), 0)["left_ns"]

            assert seconds == (None if left_ns is None else round(left_ns / SECOND_NS)), more


def test_between_two_passes_the_next_one_has_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Link, "send_batch", lambda *_: True)
    monkeypatch.setattr(Link, "has_room", lambda _: True)
    path = write_recording(tmp_path / "quotes.csv", 100)
    options = {"historical": (path,), "acks": "none", "rate": None, "loop": 2}
    with surroundings(tmp_path, **options) as around, around.replayer() as replayer:
        load_replayer(replayer)
        until(lambda: _plays(replayer, 100), "the quotes")
        until(lambda: _begins_again(replayer), "the next pass")

        assert (0.5, 100) == (
            round(position_of(replayer, 0)["progress"], 2),
            replayer.session.window.next,
        )
