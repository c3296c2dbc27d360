"""The control verbs: what each is called, what it takes and what it is for.

What a request may be, `zreplay ctl`, `zreplay reference verbs` and the list in the README follow
from this table. To add a verb, add a row here and its function in zreplay/controls/verbs.py; a key
that sends it is a row of zreplay/screen/key_commands.py.
"""

from typing import Final, NamedTuple


class Verb(NamedTuple):
    """One verb: `value` names what it takes, and is empty if it takes nothing.

    `default` is the value of `zreplay ctl VERB` without one; empty if it must be given. A question
    changes nothing: a key of any role that may connect may ask it.
    """

    what: str
    value: str = ""
    example: str = ""
    default: str = ""
    more: str = ""
    is_question: bool = False


VERBS: Final[dict[str, Verb]] = {
    "status": Verb("show state, position, rates, workers and feeds", is_question=True),
    "stats": Verb("show how late quotes left, and where the time went", is_question=True),
    "ping": Verb("check whether the replayer answers", is_question=True),
    "mode": Verb(
        "switch to historical or live at once, also while paused",
        "historical|live",
        "live",
        more="Also while the feed is down. Historical continues behind the last quote sent.",
    ),
    "pause": Verb("stop the clock and the sending"),
    "step": Verb("while paused: send exactly the next N quotes", "[N]", "10", default="1"),
    "resume": Verb("continue after a pause"),
    "speed": Verb("set a multiple of real time, or max; the position stays", "X|max", "10"),
    "seek": Verb(
        "continue at an instant, a day, +5s, -5s, 40%, or start",
        "TIME",
        "'2026-01-15 12:00:05'",
        more="What follows are the quotes that arrive then or later. +5s and -5s count from the "
        "current instant, 12:00:05 is on the day of the files, 40% is a share of their span. "
        "Historical mode only.",
    ),
    "loop": Verb(
        "restart the files at their end, or no longer",
        "on|off|N",
        "on",
        more="N is how many times the files are played in all, as in --loop N.",
    ),
    "stop": Verb("drain what is in flight, then exit"),
}
