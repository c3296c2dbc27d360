"""Tables keep to their lines and places, and say how many they leave out."""

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console, Group, RenderableType

from protocol.program.event_text import printable
from tests.zreplay.answers import (
    SECOND_NS,
    make_diagnostic,
    make_feed,
    make_status,
    make_worker,
)
from zreplay.controls.worker_activity import WorkerActivity, worker_activities
from zreplay.screen.tables import (
    cut,
    diagnostic_lines,
    feed_lines,
    worker_and_feed_line,
    worker_lines,
)

NOW_UNIX_NS = 1_759_449_594 * SECOND_NS + SECOND_NS // 2


def drawn(lines: list[RenderableType], width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=100, color_system=None)
    with console.capture() as capture:
        console.print(Group(*lines))
    return [line.rstrip() for line in capture.get().splitlines()]


def workers(count: int, **changes: Any) -> list[WorkerActivity]:
    rows = [make_worker(f"worker-{number:02d}", **changes) for number in range(1, count + 1)]
    return worker_activities(make_status(workers=rows), None)


def rated(per_second: int) -> list[WorkerActivity]:
    names = ("worker-01", "worker-02", "worker-03")
    before = [make_worker(name, quotes=0) for name in names]
    now = [make_worker(name, quotes=per_second) for name in names]
    return worker_activities(
        make_status(workers=now, uptime_ns=2 * SECOND_NS),
        make_status(workers=before, uptime_ns=SECOND_NS),
    )


@settings(max_examples=40)
@given(st.integers(0, 40), st.integers(0, 12), st.integers(0, 30), st.integers(40, 200))
def test_neither_table_needs_more_lines_or_columns_than_it_was_given(
    worker_count: int, feed_count: int, room: int, width: int
) -> None:
    feeds = [make_feed(url="ws://example.org/" + "path/" * number) for number in range(feed_count)]
    tables = (
        worker_lines(workers(worker_count), width, room),
        feed_lines(feeds, width, room, NOW_UNIX_NS),
    )

    for table in tables:
        lines = drawn(table, width) if table else []
        assert len(lines) <= room
        assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize(("room", "names", "rest"), [(6, 5, ""), (5, 3, "... 2 more")])
def test_what_does_not_fit_is_counted(room: int, names: int, rest: str) -> None:
    lines = drawn(worker_lines(workers(5), 80, room))

    assert names == sum("worker-" in line for line in lines)
    assert rest == (lines[-1] if "more" in lines[-1] else "")


def test_a_worker_has_its_figures_in_fixed_places() -> None:
    few = drawn(worker_lines(rated(7), 80, 10))
    many = drawn(worker_lines(rated(1_234_567), 80, 10))

    assert ["worker-01", "7", "33%", "0%", "2.0", "ms", "0.2", "s"] == few[1].split()
    assert ["worker-01", "1,234,567", "33%", "0%", "2.0", "ms", "0.2", "s"] == many[1].split()
    assert few[1].index("33%") == many[1].index("33%")


def test_a_lost_worker_says_so_in_words_even_where_it_is_narrow() -> None:
    rows = [make_worker("a"), make_worker("b", seen_ago_ns=59 * 60 * SECOND_NS)]
    lost = worker_activities(make_status(workers=rows), None)

    assert "LOST 59 min" in drawn(worker_lines(lost, 40, 10), 40)[1]
    assert drawn(worker_lines(lost, 40, 1), 40) == ["workers 1  LOST 1"]


def test_without_a_worker_there_is_one_line() -> None:
    assert drawn(worker_lines([], 80, 10)) == ["workers 0"]


def test_a_feed_says_how_it_is_and_when_it_last_spoke() -> None:
    lines = drawn(feed_lines([make_feed()], 80, 5, NOW_UNIX_NS))
    shown = ["80", "ms", "0.5", "s"]

    assert ["ws://127.0.0.1:8765", "connected", "12,345", "2", *shown] == lines[1].split()


@pytest.mark.parametrize("last_message_ns", [None, 0])
def test_a_feed_that_never_spoke_has_no_last_message(last_message_ns: int | None) -> None:
    feed = make_feed(last_message_ns=last_message_ns, state="connecting")

    assert drawn(feed_lines([feed], 80, 5, NOW_UNIX_NS))[1].split()[-1] == "-"


def test_a_feed_that_still_asks_for_symbols_says_how_far_it_is() -> None:
    symbols = {"waiting": 700, "asked": 100, "acknowledged": 100, "live": 100}
    lines = drawn(feed_lines([make_feed(symbols=symbols)], 80, 5, NOW_UNIX_NS))

    assert ["asked", "30%"] == lines[1].split()[1:3]


def test_a_feed_without_symbols_says_that_it_is_silent() -> None:
    feed = make_feed(venue="", symbols=None, silent="all of it")

    assert "silent" == drawn(feed_lines([feed], 80, 5, NOW_UNIX_NS))[1].split()[1]


def test_in_one_line_feeds_say_their_states() -> None:
    feeds = [make_feed(), make_feed(state="reconnecting"), make_feed()]

    assert drawn(feed_lines(feeds, 80, 1, None)) == ["feeds 3  connected, reconnecting"]


def test_names_of_peers_are_neither_markup_nor_escapes() -> None:
    rows = [make_worker("[red]x[/]"), make_worker("a\x1b[2J\nb")]
    lines = drawn(worker_lines(worker_activities(make_status(workers=rows), None), 80, 10))

    assert [line.split()[0] for line in lines[1:]] == ["[red]x[/]", "a?[2J?b"]


@given(st.text())
def test_printable_text_holds_no_control_character(text: str) -> None:
    assert printable(text).isprintable()
    assert len(text) == len(printable(text))


def test_a_cut_text_never_wraps() -> None:
    assert drawn([cut("word " * 40)], 20) == ["word word word word…"]


@pytest.mark.parametrize(("room", "lines"), [(0, 0), (1, 0), (2, 2), (3, 3), (9, 4)])
def test_diagnostics_keep_to_their_room_and_the_newest_stay(room: int, lines: int) -> None:
    said = [make_diagnostic(f"event {number}") for number in range(3)]
    shown = drawn(diagnostic_lines(said, room))

    assert lines == len(shown)
    assert not shown or shown[-1].endswith("event 2")


def test_one_line_for_both_names_the_lost_and_the_odd() -> None:
    rows = [make_worker("a"), make_worker("b", seen_ago_ns=9 * SECOND_NS)]
    activities = worker_activities(make_status(workers=rows), None)

    assert ["workers 1  LOST 1  feeds 1  connected"] == drawn(
        [worker_and_feed_line(activities, [make_feed()])]
    )


def test_a_wide_screen_shows_half_and_99_of_100_of_the_times_of_receipt() -> None:
    feeds = [make_feed(), make_feed(latency_ns=None)]
    header, timed, untimed = drawn(feed_lines(feeds, 120, 5, NOW_UNIX_NS), 120)

    assert ["p50", "p99", "last"] == header.split()[-3:]
    assert ["21", "ms", "80", "ms", "0.5", "s"] == timed.split()[-6:]
    assert ["-", "-", "0.5", "s"] == untimed.split()[-4:]
