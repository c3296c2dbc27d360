"""The dashboard fits its screen, says everything in words, and colours only what is wrong."""

import io
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from tests.depth import few
from tests.zreplay.answers import (
    SECOND_NS,
    make_diagnostic,
    make_feed,
    make_status,
    make_worker,
)
from zreplay.screen.observation import Observation
from zreplay.screen.panels import Frame, render

ADDRESS = "tcp://127.0.0.1:5556"
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|9[0-7])(?:;\d+)*m")
SIZES = ((40, 10), (80, 24), (200, 60))


def drawn(
    status: dict[str, Any] | None,
    size: tuple[int, int] = (80, 24),
    previous: dict[str, Any] | None = None,
    is_coloured: bool = False,
    silent_ns: int = 0,
    **options: Any,
) -> str:
    seen = Observation()
    for answer in (previous, status):
        if answer is not None:
            seen.on_answer(answer, 0)
    seen.silent_ns = silent_ns
    return printed(seen, size, is_coloured, **options)


def printed(
    seen: Observation, size: tuple[int, int], is_coloured: bool = False, **options: Any
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
        console.print(render(seen, Frame(size, **options)))
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
    diagnostics=st.lists(st.text(max_size=300).map(make_diagnostic), max_size=16),
)


@settings(max_examples=few(20))
@given(
    statuses,
    st.integers(40, 200),
    st.integers(10, 60),
    st.sampled_from([0, 9 * SECOND_NS]),
    st.booleans(),
    st.booleans(),
)
def test_it_fits_every_screen_from_40x10_to_200x60(
    status: dict[str, Any], width: int, height: int, silent_ns: int, has_keys: bool, is_help: bool
) -> None:
    options = {"has_keys": has_keys, "fills": has_keys, "is_help": is_help, "note": "x" * 300}
    lines = lines_of(drawn(status, (width, height), silent_ns=silent_ns, **options))

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

    assert lines_of(text)[0].startswith("NO ANSWER ")
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


def test_a_replayer_that_was_restarted_at_the_end_is_not_at_the_start() -> None:
    text = drawn(make_status(state="DONE", time=None, progress=1.0, workers=[]))

    assert (True, False) == ("the end" in text, "the start" in text)


def test_all_is_said_only_at_the_end() -> None:
    assert " 99%" in drawn(make_status(progress=0.99999))
    assert "100%" in drawn(make_status(progress=1.0, workers=[]))


def test_texts_of_peers_are_neither_markup_nor_escapes() -> None:
    text = drawn(make_status(problem="[red]\x1b]0;title\x07\r\nx"))

    assert "problem: [red]?]0;title???x" in text


def swinging(seconds: int) -> Observation:
    """Return what was seen of a run that sent ever more, asked four times a second."""
    seen = Observation()
    for quarter in range(4 * seconds):
        status = make_status(
            sent=quarter**2 * 100, committed=quarter**2 * 100, left_ns=83 * SECOND_NS
        )
        seen.on_answer(status, quarter * SECOND_NS // 4)
    return seen


def test_a_wide_screen_shows_how_the_rates_went_and_how_long_it_will_take() -> None:
    lines = lines_of(printed(swinging(10), (80, 24)))

    assert lines[3].endswith(" ▂▃▄▅▆▇██") and lines[4].endswith(" ▂▃▄▅▆▇██")
    assert "49%   1m 23s left" in lines[2]
    assert "█" not in printed(swinging(10), (80, 24), is_ascii=True)


def test_a_loop_says_which_pass_it_is_on_every_screen() -> None:
    second = make_status(**{"pass": 1, "passes": 3})

    for size in SIZES:
        assert "pass 2 of 3" in drawn(second, size)
        assert "pass 2" in drawn({**second, "passes": None}, size)
        assert "pass 2 of" not in drawn({**second, "passes": None}, size)
        assert "pass" not in drawn({**second, "mode": "live"}, size)


def test_where_nobody_knows_how_far_it_is_that_is_said() -> None:
    for size in SIZES:
        text = drawn(make_status(progress=None, progress_of="", **{"passes": None}), size)

        line = lines_of(text)[2]
        assert line.startswith("2025-10-02 23:59:54") and "progress not known" in line
        assert size[0] == 40 or line.endswith("progress not known  pass 1")


def test_the_keys_are_the_last_line_of_the_screen_and_say_less_where_it_is_narrow() -> None:
    lines = lines_of(drawn(make_status(), (80, 24), has_keys=True, fills=True))

    assert 24 == len(lines) and lines[-1].startswith("space pause")
    assert "? keys  Ctrl-C end" == lines_of(drawn(make_status(), (40, 10), has_keys=True))[-1]


@pytest.mark.parametrize("size", SIZES)
def test_the_help_explains_every_key_in_place_of_the_figures(size: tuple[int, int]) -> None:
    text = drawn(make_status(), size, is_help=True, has_keys=True)

    assert "RUNNING" not in text
    for word in ("space", "right", "up, down", "[ and ]", "q  "):
        assert word in text


def test_the_last_warnings_are_there_the_newest_last_with_how_often() -> None:
    said = [make_diagnostic("sink  message dropped", count=7), make_diagnostic("disk is full")]
    lines = lines_of(drawn(make_status(diagnostics=said)))

    assert "warnings and errors 2" == lines[-3]
    assert "23:59:54 warning sink  message dropped x7" == lines[-2]
    assert "23:59:54 warning disk is full" == lines[-1]


def test_the_smallest_screen_with_keys_says_workers_and_feeds_in_one_line() -> None:
    status = make_status(feeds=[make_feed(state="reconnecting")])
    lines = lines_of(drawn(status, (40, 10), has_keys=True))

    assert "workers 2  feeds 1  reconnecting" == lines[-2]


def test_who_is_slow_is_said_in_words() -> None:
    rows = [make_worker(name) for name in ("a", "b")]
    rows.append(make_worker("c", busy_p99_ns=SECOND_NS))

    assert "SLOW" in drawn(make_status(workers=rows))


def test_the_speed_that_is_reached_stands_by_the_one_that_was_asked_for() -> None:
    assert "1x" in lines_of(drawn(make_status(speed_now=0.5)))[0]
    assert "actual     0.50x" in lines_of(drawn(make_status(speed_now=0.5)))[0]
    assert "actual" not in drawn(make_status(mode="live", speed_now=0.0))


def test_a_tall_screen_shows_how_late_quotes_left_and_a_lower_one_does_not() -> None:
    shown = [
        "lateness of all quotes" in drawn(make_status(), (100, height)) for height in (24, 33, 34)
    ]

    assert [False, False, True] == shown
