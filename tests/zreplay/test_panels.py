"""The dashboard fits its screen, says everything in words, and colours only what is wrong."""

import io
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from tests.zreplay.answers import SECOND_NS, make_feed, make_status, make_worker
from zreplay.panels import line, render, summary

ADDRESS = "tcp://127.0.0.1:5556"
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|9[0-7])(?:;\d+)*m")
SIZES = ((40, 10), (80, 24), (200, 60))


def drawn(
    status: dict[str, Any] | None,
    size: tuple[int, int] = (80, 24),
    previous: dict[str, Any] | None = None,
    is_coloured: bool = False,
    **options: Any,
) -> str:
    console = Console(
        file=io.StringIO(),
        width=size[0],
        height=size[1],
        force_terminal=is_coloured,
        color_system="standard" if is_coloured else None,
        legacy_windows=False,
    )
    with console.capture() as capture:
        console.print(render(status, previous, size, **options))
    return capture.get()


def lines_of(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


statuses = st.builds(
    make_status,
    state=st.sampled_from(["RUNNING", "RECONNECTING", "NO WORKERS"]),
    waits_for=st.text(max_size=120),
    problem=st.text(max_size=120),
    mode=st.sampled_from(["historical", "live"]),
    time=st.sampled_from([None, "2025-10-02 23:59:54.580", "9" * 30]),
    progress=st.none() | st.floats(0, 1),
    speed=st.sampled_from(["max", "1x", "1e+06x"]),
    acks=st.sampled_from(["sink", "none"]),
    sent=st.integers(0, 10**15),
    sent_per_second=st.floats(0, 1e9),
    workers=st.integers(0, 40).map(
        lambda count: [make_worker(f"some-host.example.org:{number}") for number in range(count)]
    ),
    feeds=st.integers(0, 8).map(lambda count: [make_feed()] * count),
)


@settings(max_examples=60)
@given(statuses, st.integers(40, 200), st.integers(10, 60), st.sampled_from([0, 9 * SECOND_NS]))
def test_it_fits_every_screen_from_40x10_to_200x60(
    status: dict[str, Any], width: int, height: int, silent_ns: int
) -> None:
    lines = lines_of(drawn(status, (width, height), silent_ns=silent_ns))

    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize("size", SIZES)
def test_on_every_screen_the_main_figures_are_there(size: tuple[int, int]) -> None:
    text = drawn(make_status(rejected=7, feeds=[make_feed()]), size)

    for words in (
        ("RUNNING", "historical", "1x"),
        ("2025-10-02 23:59:54.580", "49%"),
        ("sent", "1,234,567", "30,120/s"),
        ("committed", "1,233,363", "30,080/s"),
        ("in flight", "1,204 of 524,288"),
        ("lateness", "p99", "1.9", "max", "14.0", "ms"),
        ("412", "rejected", " 7"),
        ("workers 2",),
        ("feeds 1",),
    ):
        for word in words:
            assert word in text, (word, size)


def test_a_wide_screen_has_the_bytes_the_shares_and_the_process() -> None:
    before = make_status(uptime_ns=190 * SECOND_NS, workers=[make_worker("worker-1", busy_ns=0)])
    now = make_status(workers=[make_worker("worker-1", busy_ns=SECOND_NS)])

    text = drawn(now, previous=before)

    for words in ("up 0:03:12  pid 4121", "0.4 of 16.0 MiB", "over the threshold", "100%   50%"):
        assert words in text


@pytest.mark.parametrize("size", SIZES)
def test_numbers_do_not_move_when_they_grow(size: tuple[int, int]) -> None:
    def places(**changes: Any) -> list[int]:
        text = drawn(make_status(**changes), size)
        return [
            line.index(mark)
            for line in lines_of(text)
            for mark in ("/s", " of ", "ms")
            if mark in line
        ]

    late = {"p50": 9_999_000_000, "p99": 99_999_000_000, "max": 99_999_000_000}
    small = places(sent=1, committed=0, sent_per_second=0.0, committed_per_second=0.0)
    large = places(sent=10**10, committed=10**9, sent_per_second=2e6, committed_per_second=2e6)

    assert small == large
    assert places() == places(lateness_ns={name: ns // 100 for name, ns in late.items()})


def test_a_run_without_trouble_has_no_colour_at_all() -> None:
    assert not COLOUR.search(drawn(make_status(feeds=[make_feed()]), is_coloured=True))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "NO WORKERS", "waits_for": "a worker"}, "NO WORKERS"),
        ({"state": "WAITING", "waits_for": "the sink"}, "waits for the sink"),
        ({"state": "BLOCKED", "committed_per_second": 0.0}, "BLOCKED"),
        ({"problem": "2 results of another threshold"}, "problem: 2 results"),
        ({"rejected": 3}, "3"),
        ({"workers": [make_worker("a"), make_worker("b", seen_ago_ns=9 * SECOND_NS)]}, "LOST"),
        ({"feeds": [make_feed(state="reconnecting")]}, "reconnecting"),
    ],
)
@pytest.mark.parametrize("size", SIZES)
def test_what_is_wrong_is_coloured_and_said_in_words(
    changes: dict[str, Any], words: str, size: tuple[int, int]
) -> None:
    assert COLOUR.search(drawn(make_status(**changes), size, is_coloured=True))
    assert words in drawn(make_status(**changes), size)


@pytest.mark.parametrize(
    "changes", [{"state": "PAUSED"}, {"state": "DONE"}, {"state": "DRAINING"}, {"state": "BLOCKED"}]
)
def test_an_operators_wish_or_mere_backpressure_is_not_wrong(changes: dict[str, Any]) -> None:
    assert not COLOUR.search(drawn(make_status(**changes), is_coloured=True))


@pytest.mark.parametrize("size", SIZES)
def test_a_notice_comes_and_goes_without_moving_the_rest(size: tuple[int, int]) -> None:
    quiet = lines_of(drawn(make_status(), size))
    waiting = lines_of(drawn(make_status(waits_for="resume"), size))

    assert ["", "waits for resume"] == [quiet[1], waiting[1]]
    assert quiet[2:] == waiting[2:]


def test_silence_is_said_first_and_the_old_figures_stay() -> None:
    text = drawn(make_status(problem="disk full"), (40, 10), silent_ns=7 * SECOND_NS)

    assert lines_of(text)[1] == "no answer for 7.0 s"
    assert "1,234,567" in text


def test_nobody_answering_is_said_with_the_address() -> None:
    assert lines_of(drawn(None, address=ADDRESS)) == [f"waiting for a replayer on {ADDRESS}"]
    assert lines_of(drawn(None)) == ["waiting for the replayer"]


def test_without_a_sink_it_says_what_is_promised() -> None:
    assert "at most once" in lines_of(drawn(make_status(acks="none")))[0]


def test_live_mode_has_no_share_of_the_files() -> None:
    live = make_status(mode="live", progress=0.5)

    assert "50%" not in drawn({**live, "workers": []})
    assert "50%" not in line(live, "12:00:05")


def test_all_is_said_only_at_the_end() -> None:
    assert " 99%" in drawn(make_status(progress=0.99999))
    assert "100%" in drawn(make_status(progress=1.0, workers=[]))


def test_texts_of_peers_are_neither_markup_nor_escapes() -> None:
    text = drawn(make_status(problem="[red]\x1b]0;title\x07\r\nx"))

    assert "problem: [red]?]0;title???x" in text
    assert "\x1b" not in line(make_status(problem="\x1b[2J"), "12:00:05")


def test_the_plain_line_says_it_all_at_once() -> None:
    expected = (
        "12:00:05 RUNNING historical 1x   49%  sent 30,120/s  committed 30,080/s  "
        "in flight 1,204/524,288  workers 2  skipped 412  rejected 0"
    )
    assert expected == line(make_status(), "12:00:05")


def test_the_plain_line_ends_with_what_is_wrong() -> None:
    rows = [make_worker("a"), make_worker("b", seen_ago_ns=9 * SECOND_NS)]
    text = line(make_status(workers=rows, waits_for="resume", problem="disk full"), "12:00:05")

    assert "workers 1 lost 1" in text
    assert text.endswith("waits for resume  problem disk full")


def test_the_plain_line_says_who_does_not_answer() -> None:
    assert (
        line(None, "12:00:05", address=ADDRESS) == f"12:00:05 waiting for a replayer on {ADDRESS}"
    )
    assert line(make_status(), "12:00:05", silent_ns=7 * SECOND_NS) == (
        "12:00:05 no answer for 7.0 s"
    )


OUTCOME = {
    "complete": True,
    "quotes": 30_000,
    "mids": 28_998,
    "latency_skipped": 1_000,
    "rejected": 2,
    "seconds": 2.714,
    "quotes_per_second": 11_054,
    "resent_batches": 1,
    "lateness_ns": {"p50": 90_000, "p99": 1_200_000, "max": 14_000_000},
    "out": "logs/run",
}


def test_the_summary_ends_with_the_paths_of_the_two_logs() -> None:
    assert summary(OUTCOME).splitlines() == [
        "done in 2.7 s: 30,000 quotes, 11,054 a second",
        "  mids                                28,998",
        "  over the latency threshold           1,000",
        "  rejected                                 2",
        "  resent batches                           1",
        "  lateness                   p50 0.09 ms  p99 1.20 ms  max 14.00 ms",
        "rejected rows: logs/run/rejected.log",
        "mid prices:    logs/run/mid_prices.log",
        "errors:        logs/run/errors.log",
    ]


def test_the_summary_of_an_unpaced_run_claims_no_lateness() -> None:
    unpaced = {**OUTCOME, "rejected": 0, "lateness_ns": {"p50": 0, "p99": 0, "max": 0}}

    assert "unpaced" in summary(unpaced)
    assert "rejected.log" not in summary(unpaced)


def test_the_summary_of_a_stopped_run_does_not_say_done() -> None:
    assert summary({**OUTCOME, "complete": False}).startswith("stopped before the end in 2.7 s")
