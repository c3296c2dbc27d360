"""When a live run ends is read from options; of files a duration says which quotes there are."""

import pytest

from protocol.errors import SettingsError
from zreplay.commands.end_options import live_end, split_end

HOUR_NS = 3_600 * 10**9
UNTIL_NS = 1_767_225_600 * 10**9


def options(files: tuple[str, ...] = (), **more: str | None) -> dict[str, object]:
    return {"files": files, "historical": (), "duration": None, "until": None, **more}


def test_options_are_an_end() -> None:
    assert (None, None) == live_end(options())
    assert (HOUR_NS, UNTIL_NS) == live_end(options(duration="1h", until="2026-01-01"))
    with pytest.raises(SettingsError, match="--until"):
        live_end(options(until="tomorrow"))


def test_of_files_a_duration_is_left_to_what_is_read() -> None:
    given = options(("a.csv",), duration="1h", until="2026-01-01")
    assert (given, {"end_at_ns": UNTIL_NS}) == split_end(given)

    rest, end = split_end(options(duration="1h"))
    assert rest["duration"] is None
    assert {"end_at_ns": None, "end_after_ns": HOUR_NS} == end
