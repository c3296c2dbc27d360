"""A key -> what it does. In: the key's name and the last status; out: a verb, or a view.

No key ends the run: it keeps running after `q`. A key is one row of `BINDINGS`.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from protocol.messages import HISTORICAL, LIVE
from zreplay.controls.worker_activity import Status

SPEEDS: Final = (0.1, 0.25, 0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000)
SEEK_SECONDS: Final = 10


class KeyCommand(NamedTuple):
    """A verb of the control socket and its value."""

    verb: str
    value: str = ""


class Binding(NamedTuple):
    """A key, or two that belong together: what they do, and what each asks in view of a status.

    `foot` is its text on the last line of the screen, empty if it is not there.
    """

    keys: str
    what: str
    foot: str = ""
    asks: Mapping[str, Callable[[Status], KeyCommand]] = {}


def next_speed(speed: str, is_faster: bool) -> str:
    """Return the speed above or below one such as `1x` or `max`, as the verb takes it."""
    now = float("inf") if speed == "max" else float(speed.removesuffix("x"))
    if is_faster:
        return next((f"{step:g}" for step in SPEEDS if step > now), "max")
    lower = [step for step in SPEEDS if step < now]
    return f"{lower[-1] if lower else SPEEDS[0]:g}"


def _pause_or_resume(status: Status) -> KeyCommand:
    return KeyCommand("resume" if status["state"] == "PAUSED" else "pause")


def _other_mode(status: Status) -> KeyCommand:
    return KeyCommand("mode", LIVE if status["mode"] == HISTORICAL else HISTORICAL)


BINDINGS: Final = (
    Binding("space", "pause, and resume", "space pause", {"space": _pause_or_resume}),
    Binding(
        "right",
        "while paused: send the next quote",
        "→ step",
        {"right": lambda status: KeyCommand("step", "1")},
    ),
    Binding(
        "up, down",
        "the next speed above or below; above the last one: max",
        "↑↓ speed",
        {
            "up": lambda status: KeyCommand("speed", next_speed(status["speed"], True)),
            "down": lambda status: KeyCommand("speed", next_speed(status["speed"], False)),
        },
    ),
    Binding(
        "[ and ]",
        f"seek {SEEK_SECONDS} s back or ahead in the recording",
        f"[ ] seek {SEEK_SECONDS} s",
        {
            "[": lambda status: KeyCommand("seek", f"-{SEEK_SECONDS}s"),
            "]": lambda status: KeyCommand("seek", f"+{SEEK_SECONDS}s"),
        },
    ),
    Binding("m", "switch between historical and live", "m mode", {"m": _other_mode}),
    Binding("t", "what is committed of each ticker, and back", "t tickers"),
    Binding("?", "this page, and back", "? help"),
    Binding("q", "leave `top`; the run continues"),
    Binding("Ctrl-C", "leave `top`; `run` and `demo` drain and end, at once if pressed twice"),
)
_ASKS: Final = {key: asks for binding in BINDINGS for key, asks in binding.asks.items()}


def command_of(key: str, status: Status) -> KeyCommand | None:
    """Return what a key asks of a replayer in this state, None if nothing."""
    asks = _ASKS.get(key)
    return None if asks is None else asks(status)


def key_line(width: int, *, is_leaving: bool, is_ascii: bool) -> str:
    """Return the last line of the screen; `is_leaving` if q leaves it."""
    end = "q leave" if is_leaving else "Ctrl-C end"
    keys = "  ".join([*(binding.foot for binding in BINDINGS if binding.foot), end])
    if is_ascii:
        keys = keys.replace("→", "right").replace("↑↓", "up/down")
    return keys if len(keys) <= width else f"? keys  {end}"
