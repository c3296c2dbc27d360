"""Which closed logs are kept: so many of each, or those of so long a time."""

import re
from typing import Final, NamedTuple

from protocol.errors import SettingsError
from protocol.rotation import DAY_NS, HOUR_NS

OPTION: Final = "--keep-logs"
_UNIT_NS: Final = {"h": HOUR_NS, "d": DAY_NS}
_AGE: Final = re.compile(r"([0-9]{1,6})([hd])\Z", re.ASCII)
_COUNT: Final = re.compile(r"[0-9]{1,9}\Z", re.ASCII)


class Retention(NamedTuple):
    """At most `most` closed segments of a log, or none older than `age_ns`; None is no limit."""

    most: int | None = None
    age_ns: int | None = None

    @property
    def is_on(self) -> bool:
        return self.most is not None or self.age_ns is not None


def retention_of(text: str) -> Retention:
    """Return what a number, or a time such as `30d` or `12h` says; an empty text keeps all.

    Raises:
        SettingsError: it is neither.
    """
    text = text.strip()
    if match := _AGE.match(text):
        age_ns = int(match[1]) * _UNIT_NS[match[2]]
        if age_ns:
            return Retention(age_ns=age_ns)
    elif _COUNT.match(text) and int(text):
        return Retention(most=int(text))
    elif not text:
        return Retention()
    raise SettingsError(
        f"{OPTION} was {text!r:.40}, expected a number of logs, or a time such as 30d", code="Z203"
    )
