"""What the keys asked for is sent between two frames, and its answer is shown for a while."""

from typing import Any

from tests.zreplay.answers import SECOND_NS, make_status
from zreplay.screen.keys import MAX_PRESSED, NOTE_NS, Keys
from zreplay.screen.observation import Observation


class Replayer:
    def __init__(self, answer: dict[str, Any] | None) -> None:
        self.asked: list[tuple[str, str]] = []
        self._answer = answer

    def command(self, verb: str, value: str) -> dict[str, Any] | None:
        self.asked.append((verb, value))
        return self._answer


def seen(**changes: Any) -> Observation:
    observation = Observation()
    observation.on_answer(make_status(**changes), 0)
    return observation


def test_a_key_is_sent_once_and_the_change_is_noted() -> None:
    replayer = Replayer({"ok": True, "changed": "running -> paused"})
    keys = Keys(replayer.command)
    keys.press("space")
    keys.act(seen(), SECOND_NS)
    keys.act(seen(), 2 * SECOND_NS)

    assert [("pause", "")] == replayer.asked
    assert "pause: running -> paused" == keys.note
    keys.act(seen(), SECOND_NS + NOTE_NS)
    assert "" == keys.note


def test_a_refusal_is_noted_with_its_code() -> None:
    keys = Keys(Replayer({"ok": False, "code": "Z204", "error": "no live address"}).command)
    keys.press("m")
    keys.act(seen(), 0)

    assert "mode: Z204 no live address" == keys.note


def test_silence_is_noted() -> None:
    keys = Keys(Replayer(None).command)
    keys.press("space")
    keys.act(seen(), 0)

    assert "pause: no answer" == keys.note


def test_before_the_first_answer_and_without_keys_nothing_is_sent() -> None:
    replayer = Replayer({"ok": True})
    for keys, observation in ((Keys(replayer.command), Observation()), (Keys(None), seen())):
        keys.press("space")
        keys.act(observation, 0)

    assert [] == replayer.asked


def test_the_help_comes_and_goes_and_is_asked_of_nobody() -> None:
    replayer = Replayer({"ok": True})
    keys = Keys(replayer.command)
    keys.press("?")
    assert keys.is_help
    keys.press("?")
    keys.act(seen(), 0)

    assert (False, []) == (keys.is_help, replayer.asked)


def test_keys_that_are_held_down_do_not_pile_up() -> None:
    replayer = Replayer({"ok": True})
    keys = Keys(replayer.command)
    for _ in range(10 * MAX_PRESSED):
        keys.press("up")
    keys.act(seen(), 0)

    assert MAX_PRESSED == len(replayer.asked)


def test_the_screens_of_help_and_of_tickers_come_and_go_with_their_keys() -> None:
    keys = Keys(None)
    for key in ("t", "?", "?"):
        keys.press(key)

    assert (True, False) == (keys.is_tickers, keys.is_help)
