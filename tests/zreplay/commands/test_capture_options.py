"""What is kept of a capture is read from options."""

from pathlib import Path

import pytest

from protocol.errors import SettingsError
from zreplay.commands.capture_options import capture_settings, say_capture
from zreplay.live.segment_book import KEEP_ALL_NS, Overload
from zreplay.settings import OVERLOADS, ReplaySettings


def settings(quota: str | None = None, kept: str = "0s", overload: str = "stop") -> object:
    given = {"capture_quota": quota, "keep_capture": kept, "on_overload": overload}
    return [*capture_settings(given).values()]


def test_options_are_settings() -> None:
    assert [None, 0, "stop"] == settings()
    assert [2 * 10**9, 7 * 86_400 * 10**9, "block"] == settings("2GB", "7d", "block")
    assert [1 << 20, KEEP_ALL_NS, "stop"] == settings("1MiB", "all")


def test_a_wrong_size_or_time_is_refused() -> None:
    for quota, kept in (("7q", "0s"), (None, "a week")):
        with pytest.raises(SettingsError, match="--capture-quota was|--keep-capture was"):
            settings(quota, kept)


def test_what_may_be_chosen_is_what_there_is() -> None:
    assert [*Overload] == [*OVERLOADS]


def test_a_run_says_its_quota_and_whose_share_that_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    say_capture(ReplaySettings(live=("ws://a",), capture_quota_bytes=7 * 10**9), tmp_path)
    say_capture(ReplaySettings(live=("ws://a",)), tmp_path / "not" / "there")

    assert ["capture", "capture"] == [record.getMessage() for record in caplog.records]
