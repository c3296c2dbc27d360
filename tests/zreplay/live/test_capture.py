"""What was appended is read back as it was; what was torn never existed."""

import errno
import os
import resource
import signal
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.checksum import crc32
from protocol.errors import InputError, ResultLogError
from tests.depth import few
from zreplay.live import capture_recovery
from zreplay.live.capture import CAPTURE_FULL, DISK_ERROR, DISK_FULL, CaptureWriter, Problem
from zreplay.live.capture_groups import MAX_GROUP_BYTES
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.segment_book import CaptureRules
from zreplay.live.segment_head import HEAD_BYTES, MAGIC, name_of

BIG = 1 << 40


def message(text: str, recv_ns: int = 7) -> Captured:
    return Captured(RecordKind.MESSAGE, recv_ns, text.encode())


def written(path: Path, *groups: list[Captured]) -> None:
    writer = CaptureWriter(path, BIG)
    for group in groups:
        assert writer.append(group) is None
    writer.close()


def read_all(path: Path, max_bytes: int = BIG >> 20) -> list[Captured]:
    reader = CaptureReader(path)
    offset = reader.first_offset
    records = []
    while chunk := reader.read(offset, max_bytes):
        records += [
            Captured(RecordKind(k), ns, bytes(data), n) for k, ns, data, _, n in chunk.records
        ]
        offset = chunk.next_offset
    assert offset == reader.end_offset
    reader.close()
    return records


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "capture"


def file_of(path: Path) -> Path:
    """Return the file of a capture that has one segment."""
    return path / name_of(0)


FIRST = [Captured(RecordKind.CONNECTED, 1, b"ws://feed"), message("{}", -5)]
SECOND = [message("second", 2**62), Captured(RecordKind.DISCONNECTED, 9, b"mode"), message("")]


@pytest.mark.parametrize("max_bytes", [1, 8, 20, 90, 10_000])
def test_records_are_read_back_in_order_whatever_the_chunk(path: Path, max_bytes: int) -> None:
    written(path, FIRST, SECOND)

    assert FIRST + SECOND == read_all(path, max_bytes)


def test_a_record_says_where_it_begins(path: Path) -> None:
    written(path, FIRST, SECOND)
    reader = CaptureReader(path)
    chunk = reader.read(reader.first_offset, BIG >> 20)
    reader.close()
    assert chunk is not None

    data = file_of(path).read_bytes()
    payload_places = [data.index(b"ws://feed"), data.index(b"{}"), data.index(b"second")]
    assert [place - 13 - HEAD_BYTES for place in payload_places] == [
        r.offset for r in chunk.records[:3]
    ]


def test_a_reopened_capture_keeps_its_id_and_knows_its_newest_record(path: Path) -> None:
    written(path, FIRST)
    before = CaptureReader(path)
    before.close()

    writer = CaptureWriter(path, BIG)
    writer.append(SECOND)
    writer.close()

    after = CaptureReader(path)
    after.close()
    assert FIRST[-1] == writer.last
    assert before.capture_id == after.capture_id
    assert FIRST + SECOND == read_all(path)


def test_two_captures_have_different_ids(tmp_path: Path) -> None:
    ids = set()
    for name in ("a", "b"):
        written(tmp_path / name, FIRST)
        reader = CaptureReader(tmp_path / name)
        ids.add(reader.capture_id)
        reader.close()

    assert 2 == len(ids)


def test_a_capture_torn_at_any_byte_goes_on_after_its_last_whole_group(path: Path) -> None:
    written(path, FIRST)
    whole_bytes = file_of(path).stat().st_size
    written(path, SECOND)
    data = file_of(path).read_bytes()

    for cut in range(whole_bytes, len(data)):
        file_of(path).write_bytes(data[:cut])
        assert FIRST == read_all_but_torn(path)
        written(path, SECOND)
        assert FIRST + SECOND == read_all(path), cut


def read_all_but_torn(path: Path) -> list[Captured]:
    """A reader beside a writer sees no part of a group."""
    reader = CaptureReader(path)
    chunk = reader.read(reader.first_offset, BIG >> 20)
    reader.close()
    return (
        [Captured(RecordKind(k), ns, bytes(data), n) for k, ns, data, _, n in chunk.records]
        if chunk
        else []
    )


@pytest.mark.parametrize("left", [b"", MAGIC[:5], MAGIC + b"cut off", bytes(HEAD_BYTES)])
def test_a_segment_torn_within_its_head_begins_anew(path: Path, left: bytes) -> None:
    written(path, FIRST)
    end = file_of(path).stat().st_size - HEAD_BYTES
    (path / name_of(end)).write_bytes(left)

    written(path, SECOND)

    assert FIRST + SECOND == read_all(path)


def test_a_tail_of_zeros_is_cut_off(path: Path) -> None:
    written(path, FIRST)
    with file_of(path).open("ab") as file:
        file.write(bytes(5000))

    written(path, SECOND)

    assert FIRST + SECOND == read_all(path)


def test_an_end_damaged_beyond_a_torn_write_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture_recovery, "_WINDOW_BYTES", 5000)
    written(path, FIRST)
    with file_of(path).open("ab") as file:
        file.write(bytes(6000))

    with pytest.raises(InputError, match="is damaged: no whole record before its end"):
        CaptureWriter(path, BIG)


def test_a_flipped_byte_in_the_middle_is_found_and_never_read(path: Path) -> None:
    written(path, FIRST, SECOND)
    data = bytearray(file_of(path).read_bytes())
    group_bytes = data.index(b"second") - 13 - 8 - HEAD_BYTES
    for place in range(HEAD_BYTES, HEAD_BYTES + group_bytes - 4):
        flipped = bytearray(data)
        flipped[place] ^= 0x40
        file_of(path).write_bytes(flipped)
        reader = CaptureReader(path)
        try:
            chunk = reader.read(reader.first_offset, BIG >> 20)
        except InputError:
            continue
        finally:
            reader.close()
        # A length that grew by less than the file's rest is caught by the checksum; one
        # that grew beyond it looks like a group that is not there yet.
        assert chunk is None and place < HEAD_BYTES + 4


def test_a_last_group_with_a_flipped_byte_is_cut_off_and_not_read(path: Path) -> None:
    written(path, FIRST, SECOND)
    file_of(path).write_bytes(file_of(path).read_bytes().replace(b"second", b"sEcond"))

    CaptureWriter(path, BIG).close()

    assert FIRST == read_all(path)


def foreign(path: Path) -> None:
    path.mkdir()
    file_of(path).write_text("something else altogether")


def test_another_file_is_not_taken_for_a_capture(path: Path) -> None:
    foreign(path)

    with pytest.raises(InputError, match="is not a capture"):
        CaptureWriter(path, BIG)
    assert "something else altogether" == file_of(path).read_text()


@pytest.mark.parametrize("opened", [lambda path: CaptureWriter(path, BIG), CaptureReader])
def test_what_is_refused_is_not_left_open(path: Path, opened: Callable[[Path], object]) -> None:
    foreign(path)
    before = {*os.listdir("/dev/fd")}
    with pytest.raises(InputError, match="is not a capture"):
        opened(path)

    assert before == {*os.listdir("/dev/fd")}


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultLogError, match="cannot use the capture .*no/capture"):
        CaptureWriter(tmp_path / "no" / "capture", BIG)
    with pytest.raises(InputError, match="cannot read the capture"):
        CaptureReader(tmp_path / "no" / "capture")


def test_a_full_capture_says_so_and_stays_as_it_was(path: Path) -> None:
    written(path, FIRST)
    writer = CaptureWriter(path, CaptureRules(file_of(path).stat().st_size + 20))

    problem = writer.append(SECOND)
    writer.close()

    assert problem is not None
    assert CAPTURE_FULL == problem.state
    assert FIRST == read_all(path)


@pytest.mark.parametrize("taken", [0, 1, 11, 40])
def test_a_short_write_leaves_no_trace_and_is_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    writer = CaptureWriter(path, BIG)
    writer.append(FIRST)
    write = os.write
    with monkeypatch.context() as patch:
        answers = iter([taken, -1])

        def take(fd: int, data: bytes) -> int:
            left = next(answers)
            if left < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(fd, data[:left])

        patch.setattr(os, "write", take)
        problem = writer.append(SECOND)

    assert problem is not None
    assert DISK_FULL == problem.state
    assert FIRST == read_all(path)
    assert writer.append(SECOND) is None
    writer.close()
    assert FIRST + SECOND == read_all(path)


def test_a_limit_on_the_size_of_files_is_a_full_capture(path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    writer = CaptureWriter(path, BIG)
    writer.append(FIRST)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_of(path).stat().st_size + 5, limits[1]))
    try:
        problem = writer.append(SECOND)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    writer.close()

    assert Problem(CAPTURE_FULL, f"cannot write {path}: File too large") == problem
    assert FIRST == read_all(path)


@pytest.mark.parametrize(
    ("code", "state"),
    [(errno.ENOSPC, DISK_FULL), (errno.EFBIG, CAPTURE_FULL), (errno.EIO, DISK_ERROR)],
)
def test_a_disk_that_refuses_is_a_value_with_its_reason(
    path: Path, monkeypatch: pytest.MonkeyPatch, code: int, state: str
) -> None:
    writer = CaptureWriter(path, BIG)

    def refuse(fd: int, data: bytes) -> int:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", refuse)
        problem = writer.append(FIRST)

    assert Problem(state, f"cannot write {path}: {os.strerror(code)}") == problem
    assert writer.append(SECOND) is None
    writer.close()
    assert SECOND == read_all(path)


def test_a_group_that_is_too_long_is_our_mistake(path: Path) -> None:
    writer = CaptureWriter(path, BIG)
    with pytest.raises(ValueError, match="group of"):
        writer.append([message("x" * MAX_GROUP_BYTES)])
    writer.close()


def test_each_group_says_again_who_reads_its_messages(path: Path) -> None:
    reader, old = Captured(RecordKind.READER, 1, b"okx", 7), message("old", 2)
    first, second = (Captured(RecordKind.MESSAGE, n, b"{}", 7) for n in (3, 4))
    writer = CaptureWriter(path, BIG)
    lost = Captured(RecordKind.DISCONNECTED, 5, b"", 7)
    for group in ([old, reader, first], [second], [old], [lost]):
        assert writer.append(group) is None
    writer.close()

    began = reader._replace(payload=bytes(8) + b"okx")
    kinds = [(record.kind, record.payload) for record in read_all(path)]
    assert [
        *((1, b"old"), (4, began.payload), (1, b"{}")),
        *((4, began.payload), (1, b"{}")),
        *((1, b"old"), (3, b"")),
    ] == kinds


def test_a_group_that_was_not_written_changes_no_head(path: Path) -> None:
    writer = CaptureWriter(path, 100)
    reader = Captured(RecordKind.READER, 1, b"okx", 7)
    assert writer.append([reader, message("x" * 100, 2)]) is not None
    assert writer.append([Captured(RecordKind.MESSAGE, 3, b"{}", 7)]) is None
    writer.close()

    assert [Captured(RecordKind.MESSAGE, 3, b"{}", 7)] == read_all(path)


def test_the_greatest_number_of_a_connection_is_known_again(path: Path) -> None:
    written(path, [Captured(RecordKind.MESSAGE, 3, b"{}", 9), message("no number", 4)])
    writer = CaptureWriter(path, BIG)
    writer.close()

    assert 9 == writer.greatest_connection


RECORDS = st.lists(
    st.builds(
        Captured,
        st.sampled_from([kind for kind in RecordKind if kind not in (4, 7, 9, 10)]),
        st.integers(-(2**63), 2**63 - 1),
        st.binary(max_size=40),
        st.sampled_from([0, 1, 2**32 - 1]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=few(20), deadline=None)
@given(st.lists(RECORDS, max_size=4), st.integers(1, 120), st.data())
def test_any_groups_torn_anywhere_are_read_back_up_to_a_whole_group(
    tmp_path_factory: pytest.TempPathFactory,
    groups: list[list[Captured]],
    max_bytes: int,
    data: st.DataObject,
) -> None:
    path = tmp_path_factory.mktemp("capture") / "capture.log"
    ends = []
    writer = CaptureWriter(path, BIG)
    for group in groups:
        writer.append(group)
        ends.append(file_of(path).stat().st_size)
    writer.close()
    cut = data.draw(st.integers(HEAD_BYTES, file_of(path).stat().st_size))
    os.truncate(file_of(path), cut)

    CaptureWriter(path, BIG).close()

    whole = [group for group, end in zip(groups, ends, strict=True) if end <= cut]
    assert [record for group in whole for record in group] == read_all(path, max_bytes)


def group_of(body: bytes) -> bytes:
    """Return a group with the right lengths and checksum, whatever is in it."""
    length = struct.pack("<I", len(body))
    return length + struct.pack("<I", crc32(body)) + body + length


def record(kind: int, claimed_bytes: int, payload: bytes = b"{}") -> bytes:
    return struct.pack("<BqI", kind, 7, claimed_bytes) + payload


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (record(1, 2)[:5], "is cut off"),
        (record(1, 2) + record(1, 2)[:12], "is cut off"),
        (record(1, 3), "is cut off"),
        (record(1, 2**32 - 1), "is cut off"),
        (record(0, 2), "has an unknown kind: 0"),
        (record(1, 2) + record(11, 2), "has an unknown kind: 11"),
        (record(1 | 128, 3), "is cut off"),
    ],
)
def test_a_record_that_cannot_be_is_damage_though_its_checksum_holds(
    path: Path, body: bytes, what: str
) -> None:
    written(path, FIRST)
    whole_bytes = file_of(path).stat().st_size
    with file_of(path).open("ab") as file:
        file.write(group_of(body))
    place = whole_bytes - HEAD_BYTES + 8 + (15 if len(body) > 20 else 0)

    for read in (lambda: CaptureWriter(path, BIG), lambda: read_all(path)):
        with pytest.raises(InputError, match=f"record at byte {place} {what}") as caught:
            read()
        assert "Z406" == caught.value.code


def test_what_was_missing_when_a_process_ended_is_known_to_the_next_and_stays_in_each_group(
    path: Path,
) -> None:
    def of(kind: RecordKind, number: int) -> Captured:
        return Captured(kind, 5, b"{}", number)

    missing = [of(RecordKind.LOST, number) for number in (3, 4)]
    written(path, missing, [of(RecordKind.GAP, 4)])
    writer = CaptureWriter(path, BIG)
    assert missing[:1] == writer.lost
    writer.append([of(RecordKind.MESSAGE, 5)])
    writer.close()

    writer = CaptureWriter(path, BIG)
    assert missing[:1] == writer.lost
    writer.close()
