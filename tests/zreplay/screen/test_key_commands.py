"""A key sends the verb that it names, and none ends the run."""

import pytest

from tests.zreplay.answers import make_status
from zreplay.controls.verb_table import VERBS
from zreplay.screen.key_commands import BINDINGS, SPEEDS, command_of, key_line, next_speed

KEYS = ("space", "right", "up", "down", "[", "]", "m")


@pytest.mark.parametrize(
    ("key", "changes", "asked"),
    [
        ("space", {}, ("pause", "")),
        ("space", {"state": "PAUSED"}, ("resume", "")),
        ("right", {"state": "PAUSED"}, ("step", "1")),
        ("up", {"speed": "1x"}, ("speed", "2")),
        ("down", {"speed": "1x"}, ("speed", "0.5")),
        ("[", {}, ("seek", "-10s")),
        ("]", {}, ("seek", "+10s")),
        ("m", {}, ("mode", "live")),
        ("m", {"mode": "live"}, ("mode", "historical")),
        ("x", {}, None),
        ("q", {}, None),
        ("", {}, None),
    ],
)
def test_a_key_asks_for_its_verb(
    key: str, changes: dict[str, str], asked: tuple[str, str] | None
) -> None:
    assert asked == command_of(key, make_status(**changes))


@pytest.mark.parametrize("key", [key for binding in BINDINGS for key in binding.asks])
def test_a_key_asks_for_a_verb_of_the_table_as_that_takes_it(key: str) -> None:
    asked = command_of(key, make_status())

    assert asked is not None
    assert bool(VERBS[asked.verb].value) == bool(asked.value)


def test_no_key_stops_the_run() -> None:
    keys = [chr(code) for code in range(32, 127)] + list(KEYS)
    verbs = {asked.verb for key in keys if (asked := command_of(key, make_status()))}

    assert {"pause", "step", "speed", "seek", "mode"} == verbs


@pytest.mark.parametrize(
    ("speed", "is_faster", "expected"),
    [
        ("1x", True, "2"),
        ("3x", True, "5"),
        ("3x", False, "2"),
        (f"{SPEEDS[-1]}x", True, "max"),
        ("1e+06x", True, "max"),
        ("max", True, "max"),
        ("max", False, f"{SPEEDS[-1]}"),
        ("0.1x", False, "0.1"),
        ("0.0001x", False, "0.1"),
    ],
)
def test_speeds_go_up_and_down_a_ladder_that_ends_with_max(
    speed: str, is_faster: bool, expected: str
) -> None:
    assert expected == next_speed(speed, is_faster)


def test_every_key_is_explained_and_fits_its_screen() -> None:
    keys = {"space", "right", "up, down", "[ and ]", "m", "t", "?", "q", "Ctrl-C"}

    assert keys == {binding.keys for binding in BINDINGS}
    assert all(len(f"{binding.keys:<10}{binding.what}") <= 80 for binding in BINDINGS)


@pytest.mark.parametrize("width", [40, 71, 80, 200])
@pytest.mark.parametrize(("is_leaving", "end"), [(True, "  q leave"), (False, "  Ctrl-C end")])
def test_the_foot_fits_its_screen_and_says_how_to_leave(
    width: int, is_leaving: bool, end: str
) -> None:
    for is_ascii in (True, False):
        foot = key_line(width, is_leaving=is_leaving, is_ascii=is_ascii)

        assert len(foot) <= width
        assert foot.endswith(end)
        assert foot.isascii() or not is_ascii
