"""The dashboard polls rarely, survives silence and ends soon, with the terminal restored."""

import io
from typing import Any

import pytest
from rich.console import Console

from protocol.errors import ProtocolError
from tests.zreplay.answers import SECOND_NS, make_status
from tests.zreplay.screen.fake_replayer import FakeReplayer
from zreplay.screen.dashboard import watch

HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
ENTER_SCREEN, LEAVE_SCREEN = "\x1b[?1049h", "\x1b[?1049l"


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
