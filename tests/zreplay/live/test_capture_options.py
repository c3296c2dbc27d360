"""A quota is a size that is said, or a quarter of the disk; what contradicts itself is refused."""

import pytest

from protocol.errors import SettingsError
from zreplay.live.capture_options import (
    LEAST_QUOTA_BYTES,
    capture_rules,
    check_kept,
    parse_quota_bytes,
)
from zreplay.live.segment_book import Overload


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20GB", 20 * 10**9),
        (" 1.5 gib ", 3 * 2**29),
        ("500m", 500 * 10**6),
        ("2000000", 2_000_000),
        ("2000000b", 2_000_000),
        ("1TiB", 2**40),
        ("1048576", LEAST_QUOTA_BYTES),
    ],
)
def test_a_size_is_read(text: str, expected: int) -> None:
    assert expected == parse_quota_bytes(text)


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "nan", "inf", "1000kB", "9999999999TB", "1 PB"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="expected a size of 1MiB or more"):
        parse_quota_bytes(text)


def test_without_a_quota_it_is_a_quarter_of_what_is_free_and_of_what_there_is() -> None:
    rules = capture_rules(None, 5, "block", free_bytes=10**10, has_bytes=2 * 10**9)
    assert (3 * 10**9, 5, Overload.BLOCK) == rules[:3]
    assert (
        LEAST_QUOTA_BYTES == capture_rules(None, 0, "stop", free_bytes=0, has_bytes=0).quota_bytes
    )
    assert 7 == capture_rules(7, 0, "stop", free_bytes=9, has_bytes=9).quota_bytes


def test_to_keep_and_to_drop_is_refused() -> None:
    check_kept(7, "block")
    check_kept(0, "drop-oldest")
    with pytest.raises(SettingsError, match="drop-oldest drops what is not"):
        check_kept(7, "drop-oldest")
