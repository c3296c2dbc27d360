"""A size is read as it is written, and what is none is refused with the option."""

import pytest

from protocol.byte_size import byte_size
from protocol.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("65536", 65_536),
        ("7B", 7),
        ("500MB", 500_000_000),
        ("500m", 500_000_000),
        ("1.5GB", 1_500_000_000),
        ("2GiB", 2 << 30),
        (" 4 kib ", 4096),
        ("3T", 3_000_000_000_000),
    ],
)
def test_a_size_is_read(text: str, size: int) -> None:
    assert size == byte_size(text, "--rotate")


@pytest.mark.parametrize(
    "text",
    ["", "MB", "-1", "1 XB", "1e9", "1.GB", "inf", "9" * 30, "9" * 400, "9" * 5000 + "MB", "٣MB"],
)
def test_what_is_no_size_is_refused_by_option(text: str) -> None:
    with pytest.raises(SettingsError, match="--rotate was .*500MB"):
        byte_size(text, "--rotate")
