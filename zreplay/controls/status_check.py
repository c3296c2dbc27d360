"""Whether an answer is a status that can be shown: all fields present, each of its type.

What listens on a port may answer anything; code that reads a status after this check trusts it.
"""

import re
from typing import Any, Final

from zreplay.controls.status_schema import FIELDS

TEXTS: Final = {
    "state",
    "waits_for",
    "mode",
    "loop",
    "progress_of",
    "time",
    "run",
    "acks",
    "speed",
    "problem",
    "workers[].worker",
    "feeds[].url",
    "feeds[].state",
    "feeds[].last_error",
    "diagnostics[].time",
    "diagnostics[].level",
    "diagnostics[].text",
}
MAY_BE_NULL: Final = {
    "arrival_ns",
    "time",
    "progress",
    "left_ns",
    "passes",
    "achieved_speed",
    "age_ns",
    "feeds[].last_message_ns",
    "feeds[].next_try_ns",
}
FRACTIONS: Final = {
    "progress",
    "sent_per_second",
    "committed_per_second",
    "speed_now",
    "achieved_speed",
    "late_share",
}
"""All other numbers are integers."""
MOST: Final = 2**63
_SPEED: Final = re.compile(r"max|[0-9]{1,9}(\.[0-9]{1,9})?(e[-+]?[0-9]{1,2})?x")


def misfit(answer: dict[str, Any]) -> str:
    """Return the first field that is missing or of another type, empty if there is none."""
    misfits = (path for path in FIELDS if not _fits(answer, path, ""))
    return next(misfits, "")


def _fits(holder: object, path: str, before: str) -> bool:
    name, _, deeper = path.removeprefix(before).partition(".")
    place = before + name
    if not isinstance(holder, dict) or (key := name.removesuffix("[]")) not in holder:
        return False
    value = holder[key]
    if value is None:
        return place in MAY_BE_NULL
    if name.endswith("[]"):
        return isinstance(value, list) and all(_fits(one, path, f"{place}.") for one in value)
    if deeper:
        return _fits(value, path, f"{place}.")
    if place in TEXTS:
        return isinstance(value, str) and (place != "speed" or bool(_SPEED.fullmatch(value)))
    kinds = int | float if place in FRACTIONS else int
    return isinstance(value, kinds) and -MOST <= value <= MOST
