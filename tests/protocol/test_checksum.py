"""The checksum is the crc32 of zlib, in one piece or in several."""

import zlib

from protocol.checksum import crc32


def test_the_sum_is_that_of_zlib() -> None:
    data = bytes(range(256)) * 9

    assert zlib.crc32(data) == crc32(data)
    assert zlib.crc32(b"") == crc32(b"")


def test_a_sum_goes_on_from_that_of_the_bytes_before() -> None:
    data = memoryview(b"2025-01-01 00:00:00.120, 200.5\n")

    assert zlib.crc32(data) == crc32(data[7:], crc32(data[:7]))
