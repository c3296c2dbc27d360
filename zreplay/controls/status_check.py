"""Whether an answer is a status that can be shown: all fields present, each of its type.

What listens on a port may answer anything; code that reads a status after this check trusts it.
"""

import re
from typing import Any, Final

import msgspec

from zreplay.controls.status_schema import Status

_MISSING: Final = re.compile(r"missing required field `(\w+)`")
_PLACE: Final = re.compile(r" - at `\$\.?(.*)`\Z")
_ITEM: Final = re.compile(r"\[[^\]]*\]")


def misfit(answer: dict[str, Any]) -> str:
    """Return the first field that is missing or of another type, empty if there is none."""
    try:
        msgspec.convert(answer, Status)
    except msgspec.ValidationError as error:
        place, missing = _PLACE.search(str(error)), _MISSING.search(str(error))
        names = (place and place[1], missing and missing[1])
        return _ITEM.sub("[]", ".".join(filter(None, names)))
    return ""
