"""A key -> what it does. In: the key's name and the last status; out: a verb, or a view.

No key ends the run: it keeps running after `q`.
"""

from typing import Final, NamedTuple

from protocol.messages import HISTORICAL, LIVE
from zreplay.controls.worker_activity import Status

SPEEDS: Final = (0.1, 0.25, 0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000)
SEEK_SECONDS: Final = 10
_KEYS: Final = "space pause  → step  ↑↓ speed  [ ] seek 10 s  m mode  ? help  "
HELP: Final = (
    ("space", "pause, and resume"),
    ("right", "while paused: send the next quote"),
    ("up, down", "the next speed above or below; above the last one: max"),
    ("[ and ]", "seek 10 s back or ahead in the recording"),
    ("m", "switch between historical and live"),
    ("?", "this page, and back"),
    ("q", "leave `top`; the run continues"),
    ("Ctrl-C", "leave `top`; `run` and `demo` drain and end, at once if pressed twice"),
)


def key_line(width: int, *, is_leaving: bool, is_ascii: bool) -> str:
    """Return the last line of the screen; `is_leaving` if q leaves it."""
    end = "q leave" if is_leaving else "Ctrl-C end"
    keys = _KEYS.replace("→", "right").replace("↑↓", "up/down") if is_ascii else _KEYS
    return keys + end if len(keys + end) <= width else f"? keys  {end}"


class KeyCommand(NamedTuple):
    """A verb of the control socket and its value."""

    verb: str
    value: str = ""


def command_of(key: str, status: Status) -> KeyCommand | None:
    """Return what a key asks of a replayer in this state, None if nothing."""
    is_paused = status["state"] == "PAUSED"
    match key:
        case "space":
            return KeyCommand("resume" if is_paused else "pause")
        case "right":
            return KeyCommand("step", "1")
        case "up" | "down":
            return KeyCommand("speed", next_speed(status["speed"], key == "up"))
        case "[" | "]":
            return KeyCommand("seek", f"{'+' if key == ']' else '-'}{SEEK_SECONDS}s")
        case "m":
            return KeyCommand("mode", LIVE if status["mode"] == HISTORICAL else HISTORICAL)
    return None


def next_speed(speed: str, is_faster: bool) -> str:
    """Return the speed above or below one such as `1x` or `max`, as the verb takes it."""
    now = float("inf") if speed == "max" else float(speed.removesuffix("x"))
    if is_faster:
        return next((f"{step:g}" for step in SPEEDS if step > now), "max")
    lower = [step for step in SPEEDS if step < now]
    return f"{lower[-1] if lower else SPEEDS[0]:g}"
