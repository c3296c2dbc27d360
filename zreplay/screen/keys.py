"""Keys that were pressed -> verbs for the replayer, sent between two frames.

In: names of keys and the last observation; out: requests to the replayer, and a note of their
outcome.
"""

from typing import Final

from zreplay.controls.asking import Ask
from zreplay.controls.responder import Answer
from zreplay.screen.key_commands import command_of
from zreplay.screen.observation import Observation

NOTE_NS: Final = 4_000_000_000
"""How long the answer to a key is shown."""
MAX_PRESSED: Final = 16


class Keys:
    """What the keys do: `command` sends a verb and its value; None has no keys."""

    def __init__(self, command: Ask | None) -> None:
        self.is_there = command is not None
        self.is_help = False
        self.is_tickers = False
        self.note = ""
        self._command = command
        self._pressed: list[str] = []
        self._note_until_ns = 0

    def press(self, key: str) -> None:
        """Note a key; it is carried out between two frames."""
        if key == "?":
            self.is_help = not self.is_help
        elif key == "t":
            self.is_tickers = not self.is_tickers
        elif len(self._pressed) < MAX_PRESSED:
            self._pressed.append(key)

    def act(self, seen: Observation, now_ns: int) -> None:
        """Send what the keys asked for since the last frame, and keep the answer for a while."""
        if now_ns >= self._note_until_ns:
            self.note = ""
        pressed, self._pressed = self._pressed, []
        for key in pressed:
            asked = command_of(key, seen.status) if seen.status else None
            if asked is None or self._command is None:
                continue
            answer = self._command(*asked)
            self.note = f"{asked.verb}: {_outcome(answer)}"
            self._note_until_ns = now_ns + NOTE_NS


def _outcome(answer: Answer | None) -> str:
    if answer is None:
        return "no answer"
    if answer.get("ok"):
        return str(answer.get("changed", "done"))
    return f"{answer.get('code', '')} {answer.get('error', 'refused')}".strip()
