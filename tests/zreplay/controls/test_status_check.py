"""An answer is a status that can be shown, or is refused with the field named."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.zreplay.answers import make_diagnostic, make_feed, make_sink, make_status, make_worker
from zreplay.controls.status_check import misfit
from zreplay.screen.key_commands import command_of
from zreplay.screen.observation import Observation
from zreplay.screen.panels import Frame, render

KEYS = ("space", "right", "up", "down", "[", "]", "m", "?", "q")
WHOLE = make_status(feeds=[make_feed()], diagnostics=[make_diagnostic("x")])
Place = tuple[str | int, ...]


def places(value: Any, before: Place = ()) -> Iterator[Place]:
    """Yield where everything is in an answer, objects and lists too."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, deeper in inner:
        yield (*before, key)
        if isinstance(deeper, dict | list):
            yield from places(deeper, (*before, key))


def changed(place: Place, value: object) -> dict[str, Any]:
    answer = copy.deepcopy(WHOLE)
    holder: Any = answer
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    return answer


def show(answer: dict[str, Any]) -> None:
    seen = Observation()
    for second in range(3):
        seen.on_answer(answer, second * 1_000_000_000)
    render(seen, Frame((100, 40)))
    for key in KEYS:
        command_of(key, answer)


@pytest.mark.parametrize(
    "answer",
    [
        WHOLE,
        make_status(),
        make_status(
            began_at=None,
            age_ns=None,
            arrival_ns=None,
            time=None,
            progress=None,
            achieved_speed=None,
        ),
        make_status(
            outside_session=None, repeated=None
        ),  # of a finished run, nothing is read again
        make_status(speed="max", workers=[], sink=make_sink()),
        make_status(speed="0.25x", workers=[make_worker("w")]),
        make_status(speed="1e+06x", new_field={"of a later version": 1}),
    ],
)
def test_what_a_replayer_answers_fits(answer: dict[str, Any]) -> None:
    assert "" == misfit(answer)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_what_is_missing_is_named(name: str) -> None:
    answer = {key: value for key, value in WHOLE.items() if key != name}

    assert misfit(answer).startswith(name)


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        (("speed",), "fast", "speed"),
        (("speed",), "9" * 5000 + "x", "speed"),
        (("in_flight", "quotes"), "7", "in_flight.quotes"),
        (("workers",), {}, "workers"),
        (("workers", 1), None, "workers[]"),
        (("workers", 1), {}, "workers[].worker"),
        (("feeds", 0, "last_message_ns"), 2**70, "feeds[].last_message_ns"),
        (("epoch",), None, "epoch"),
        (("mids",), float("nan"), "mids"),
    ],
)
def test_what_is_of_another_kind_is_named(place: Place, value: object, named: str) -> None:
    assert named == misfit(changed(place, value))


hostile = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from([[], {}, [[]], [None], "1x", "max", "nanx", "RUNNING", "live", "٣x"]),
)


@given(st.sampled_from([*places(WHOLE)]), hostile)
def test_what_fits_can_be_shown_whatever_it_says(place: Place, value: object) -> None:
    answer = changed(place, value)
    if not misfit(answer):
        show(answer)
