"""Records are read from the body of a group as they were written, or are damage."""

import struct
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.live.capture_records import (
    BEGAN,
    RECORD,
    REPLACED,
    Captured,
    Record,
    RecordKind,
    began_of,
    packed,
    reader_of,
    records_in,
    replaced_of,
)


def body_of(*records: Captured) -> bytes:
    return b"".join(map(packed, records))


def test_a_body_is_its_records_each_with_its_place_in_the_file() -> None:
    written = [Captured(RecordKind.CONNECTED, 5, b"ws://x"), Captured(RecordKind.MESSAGE, -6, b"")]
    body = body_of(*written)
    read = list(records_in(memoryview(body), 100, Path("capture.log")))

    assert [
        Record(RecordKind.CONNECTED, 5, memoryview(b"ws://x"), 100),
        Record(RecordKind.MESSAGE, -6, memoryview(b""), 100 + written[0].size_bytes),
    ] == read


def test_a_record_without_a_number_is_the_same_bytes_as_in_version_1() -> None:
    assert RECORD.pack(1, 7, 2) + b"{}" == packed(Captured(RecordKind.MESSAGE, 7, b"{}"))


@pytest.mark.parametrize("kind", RecordKind)
@pytest.mark.parametrize("number", [1, 2**32 - 1])
def test_a_record_with_a_number_keeps_it(kind: RecordKind, number: int) -> None:
    written = Captured(kind, 7, b"twelve bytes", number)
    (read,) = records_in(memoryview(packed(written)), 100, Path("capture.log"))

    assert Record(kind, 7, memoryview(b"twelve bytes"), 100, number) == read
    assert written.size_bytes == len(packed(written))


def test_a_number_that_is_cut_off_is_named_with_its_place() -> None:
    body = packed(Captured(RecordKind.MESSAGE, 7, b"", 1))[:-1]
    with pytest.raises(InputError, match="the record at byte 100 is cut off"):
        list(records_in(memoryview(body), 100, Path("capture.log")))


def test_what_a_head_of_a_group_says_is_read_back() -> None:
    reader, overlap = BEGAN.pack(2**40) + b"okx", REPLACED.pack(2**41, 5)

    assert (2**40, "okx") == (began_of(reader), reader_of(memoryview(reader)))
    assert (2**41, 5) == (began_of(overlap), replaced_of(overlap))


@pytest.mark.parametrize("cut", range(1, RECORD.size + 2))
def test_a_record_that_is_cut_off_is_named_with_its_place(cut: int) -> None:
    body = body_of(Captured(RecordKind.MESSAGE, 1, b"ab"), Captured(RecordKind.MESSAGE, 2, b"cd"))[
        :-cut
    ]
    with pytest.raises(InputError, match="the record at byte 115 is cut off") as caught:
        list(records_in(memoryview(body), 100, Path("capture.log")))

    assert "Z406" == caught.value.code


def test_a_record_of_an_unknown_kind_is_named_with_its_place() -> None:
    body = struct.pack("<BqI", 11, 7, 0)
    with pytest.raises(InputError, match="the record at byte 100 has an unknown kind: 11"):
        list(records_in(memoryview(body), 100, Path("capture.log")))


@pytest.mark.parametrize(("kind", "size"), [(RecordKind.READER, 8), (RecordKind.OVERLAP, 11)])
def test_a_record_that_is_too_short_for_its_kind_is_named_with_its_place(
    kind: RecordKind, size: int
) -> None:
    body = packed(Captured(kind, 7, bytes(size)))
    with pytest.raises(InputError, match="the record at byte 100 is too short"):
        list(records_in(memoryview(body), 100, Path("capture.log")))
