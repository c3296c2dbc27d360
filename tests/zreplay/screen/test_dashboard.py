"""The dashboard polls rarely, survives silence and ends soon, with the terminal restored."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from rich.console import Console

from protocol.errors import ProtocolError
from tests.zreplay.answers import SECOND_NS, make_status
from zreplay.screen.dashboard import Clock, watch

HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
ENTER_SCREEN, LEAVE_SCREEN = "\x1b[?1049h", "\x1b[?1049l"


@dataclass
class FakeReplayer:
    """Answers by the clock that it also moves; `ends_ns` is when the run is over."""

    ends_ns: int
    is_silent: Callable[[int], bool] = lambda now_ns: False
    now_ns: int = 0
    asked_ns: list[int] = field(default_factory=list)

    def ask(self) -> dict[str, Any] | None:
        self.asked_ns.append(self.now_ns)
        return None if self.is_silent(self.now_ns) else make_status(sent=self.now_ns // SECOND_NS)

    def is_over(self) -> bool:
        return self.now_ns >= self.ends_ns

    def clock(self) -> Clock:
        def sleep(seconds: float) -> None:
            self.now_ns += round(seconds * 1e9)

        return Clock(now_ns=lambda: self.now_ns, unix_ns=lambda: self.now_ns, sleep=sleep)


def watched(replayer: FakeReplayer, *, is_terminal: bool, **options: Any) -> str:
    output = io.StringIO()
    console = Console(
        file=output, force_terminal=is_terminal, width=80, height=24, _environ={"TERM": "xterm"}
    )
    clock = replayer.clock()
    watch(replayer.ask, replayer.is_over, console=console, clock=clock, **options)
    return output.getvalue()


@pytest.mark.parametrize(("refresh", "asks"), [(4.0, 40), (1.0, 10), (1_000.0, 40)])
def test_on_a_terminal_it_asks_at_most_four_times_a_second(refresh: float, asks: int) -> None:
    replayer = FakeReplayer(ends_ns=10 * SECOND_NS)
    watched(replayer, is_terminal=True, refresh_per_second=refresh)

    assert asks == len(replayer.asked_ns)


def test_a_slow_answer_delays_the_next_question_and_is_not_made_up_for() -> None:
    replayer = FakeReplayer(ends_ns=10 * SECOND_NS)

    def slow_ask() -> dict[str, Any]:
        replayer.asked_ns.append(replayer.now_ns)
        replayer.now_ns += SECOND_NS // 2
        return make_status()

    console = Console(file=io.StringIO(), force_terminal=True)
    watch(slow_ask, replayer.is_over, console=console, clock=replayer.clock())

    gaps = [
        after - before
        for before, after in zip(replayer.asked_ns, replayer.asked_ns[1:], strict=False)
    ]
    assert min(gaps) >= SECOND_NS // 4


def test_on_a_terminal_the_picture_is_wiped_and_the_cursor_is_never_left_hidden() -> None:
    text = watched(FakeReplayer(ends_ns=SECOND_NS), is_terminal=True)

    assert "RUNNING" in text
    assert ENTER_SCREEN not in text
    # The view hides it once; from the next moment on the process may be ended at any time.
    assert text.index(SHOW_CURSOR) < text.index("RUNNING")
    assert text.rindex(SHOW_CURSOR) > text.rindex(HIDE_CURSOR)


def test_the_whole_screen_is_taken_and_given_back() -> None:
    text = watched(FakeReplayer(ends_ns=SECOND_NS), is_terminal=True, screen=True)

    assert text.index(ENTER_SCREEN) < text.index("RUNNING") < text.index(LEAVE_SCREEN)
    assert text.rindex(SHOW_CURSOR) > text.rindex(HIDE_CURSOR)


def test_the_screen_is_given_back_when_something_breaks() -> None:
    replayer = FakeReplayer(ends_ns=SECOND_NS)
    output = io.StringIO()

    def broken() -> None:
        raise ProtocolError("another schema")

    with pytest.raises(ProtocolError):
        watch(
            broken,
            replayer.is_over,
            console=Console(file=output, force_terminal=True),
            screen=True,
            clock=replayer.clock(),
        )
    assert LEAVE_SCREEN in output.getvalue()
    assert output.getvalue().rindex(SHOW_CURSOR) > output.getvalue().rindex(HIDE_CURSOR)


def test_a_silent_replayer_keeps_its_last_figures_and_is_picked_up_again() -> None:
    silence = range(5 * SECOND_NS, 9 * SECOND_NS)
    replayer = FakeReplayer(ends_ns=12 * SECOND_NS, is_silent=lambda now_ns: now_ns in silence)

    text = watched(replayer, is_terminal=True)

    assert "no answer for 3.0 s" in text
    assert "no answer" not in text[text.rindex("sent                    9") :]


def test_before_the_first_answer_it_says_for_whom_it_waits() -> None:
    replayer = FakeReplayer(ends_ns=SECOND_NS, is_silent=lambda now_ns: True)

    for is_terminal in (True, False):
        replayer.now_ns, replayer.ends_ns = 0, 6 * SECOND_NS
        text = watched(replayer, is_terminal=is_terminal, address="tcp://127.0.0.1:1")
        assert "waiting for a replayer on tcp://127.0.0.1:1" in text


def test_in_a_pipe_there_is_a_plain_line_at_once_and_then_every_five_seconds() -> None:
    replayer = FakeReplayer(ends_ns=21 * SECOND_NS)

    text = watched(replayer, is_terminal=False)

    assert len(text.splitlines()) == 5
    assert [0, 5, 10, 15, 20] == [asked_ns // SECOND_NS for asked_ns in replayer.asked_ns]
    assert all("RUNNING historical 1x   49%  sent 30,120/s" in line for line in text.splitlines())
    assert "\x1b" not in text


def test_in_a_pipe_the_first_line_comes_with_the_first_answer() -> None:
    replayer = FakeReplayer(ends_ns=3 * SECOND_NS, is_silent=lambda now_ns: now_ns < 2 * SECOND_NS)

    assert len(watched(replayer, is_terminal=False).splitlines()) == 1


def test_in_a_pipe_silence_is_said() -> None:
    replayer = FakeReplayer(ends_ns=6 * SECOND_NS, is_silent=lambda now_ns: now_ns > SECOND_NS)

    lines = watched(replayer, is_terminal=False).splitlines()

    assert lines[1].endswith(" no answer for 5.0 s")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_it_ends_soon_after_the_run_and_asks_no_more(is_terminal: bool) -> None:
    replayer = FakeReplayer(ends_ns=777 * SECOND_NS // 1_000)
    watched(replayer, is_terminal=is_terminal)

    assert replayer.now_ns - replayer.ends_ns <= SECOND_NS // 20
    assert max(replayer.asked_ns) < replayer.ends_ns


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_run_that_is_over_already_shows_nothing(is_terminal: bool) -> None:
    replayer = FakeReplayer(ends_ns=0)

    assert "RUNNING" not in watched(replayer, is_terminal=is_terminal)
    assert replayer.asked_ns == []


def test_a_line_in_a_pipe_is_json_where_that_is_asked_for() -> None:
    text = watched(FakeReplayer(ends_ns=6 * SECOND_NS), is_terminal=False, as_json=True)
    events = [json.loads(line)["event"] for line in text.splitlines()]

    assert {"progress"} == {*events}
