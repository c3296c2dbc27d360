"""Records are read from the body of a group as they were written, or are damage."""

import struct
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.live.capture_records import RECORD, Captured, Record, RecordKind, records_in


def body_of(*records: Captured) -> bytes:
    return b"".join(
        RECORD.pack(kind, recv_ns, len(payload)) + payload for kind, recv_ns, payload in records
    )


def test_a_body_is_its_records_each_with_its_place_in_the_file() -> None:
    written = [Captured(RecordKind.CONNECTED, 5, b"ws://x"), Captured(RecordKind.MESSAGE, -6, b"")]
    body = body_of(*written)
    read = list(records_in(memoryview(body), 100, Path("capture.log")))

    assert [
        Record(RecordKind.CONNECTED, 5, memoryview(b"ws://x"), 100),
        Record(RecordKind.MESSAGE, -6, memoryview(b""), 100 + written[0].size_bytes),
    ] == read


@pytest.mark.parametrize("cut", range(1, RECORD.size + 2))
def test_a_record_that_is_cut_off_is_named_with_its_place(cut: int) -> None:
    body = body_of(Captured(RecordKind.MESSAGE, 1, b"ab"), Captured(RecordKind.MESSAGE, 2, b"cd"))[
        :-cut
    ]
    with pytest.raises(InputError, match="the record at byte 115 is cut off") as caught:
        list(records_in(memoryview(body), 100, Path("capture.log")))

    assert "Z406" == caught.value.code


def test_a_record_of_an_unknown_kind_is_named_with_its_place() -> None:
    body = struct.pack("<BqI", 9, 7, 0)
    with pytest.raises(InputError, match="the record at byte 100 has an unknown kind: 9"):
        list(records_in(memoryview(body), 100, Path("capture.log")))
