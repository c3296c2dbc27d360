"""What an earlier version sent or stored is read as it was meant, or refused by its version."""

from contextlib import closing
from pathlib import Path

import pytest
from msgspec import msgpack

from protocol import codec, commit, published
from protocol.checksum import crc32
from protocol.errors import InputError, OtherVersion, ProtocolError, ResultLogError
from tests.protocol.examples import ONE_OF_EACH, RUN
from tests.stored import (
    CHECKPOINT,
    COMMANDS,
    COMMIT,
    CURSOR,
    ERRORS,
    FIRST_COMMANDS,
    FIRST_RECORDS,
    HISTORICAL,
    LIVE_PLACE,
    MANIFEST,
    MIDS,
    RECORDS,
    ROTATED_COMMIT,
    SECOND_COMMANDS,
    SPREADS,
    STORED,
    frames,
    published_messages,
    sample,
    versions,
)
from tests.zmid.fakes import FakeDisk
from zmid import result_log
from zmid.result_log import ResultLog
from zreplay.delivery import cursor
from zreplay.delivery.command import Command, SetLoop
from zreplay.delivery.cursor import ReplayCursor
from zreplay.historical.historical_cursor import HistoricalCursor
from zreplay.live import segment_head
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import Captured, Record, RecordKind
from zreplay.live.capture_recovery import adopt_one_file
from zreplay.live.segment_head import name_of
from zreplay.ordering.order_cursor import OrderCursor
from zreplay.replayer import checkpoint_ring, command_journal
from zreplay.replayer.checkpoint_ring import CheckpointRing
from zreplay.replayer.state import ReplayerState


def others(kind: str) -> list[int]:
    return [version for version in versions(kind) if version != STORED[kind].version]


@pytest.mark.parametrize("kind", STORED)
def test_there_is_a_sample_of_the_present_version_and_of_each_before_it(kind: str) -> None:
    """Who raises a version runs `python -m tests.stored`."""
    assert list(range(1, STORED[kind].version + 1)) == versions(kind)


def test_frames_of_this_version_are_the_same_messages_and_the_same_bytes() -> None:
    left, read = sample("frames", codec.VERSION), []
    for message in ONE_OF_EACH:
        size = len(codec.encode(message))
        read.append(codec.decode(left[:size]))
        left = left[size:]

    assert list(ONE_OF_EACH) == read
    assert sample("frames", codec.VERSION) == frames()


@pytest.mark.parametrize("version", [*others("frames"), codec.VERSION + 1])
def test_a_frame_of_another_version_is_named(version: int) -> None:
    frame = bytearray(codec.encode(ONE_OF_EACH[-1]))
    frame[2] = version
    with pytest.raises(OtherVersion, match=f"version {version}"):
        codec.decode(frame)


def test_what_a_sink_of_this_version_publishes_is_the_same_bytes() -> None:
    assert sample("published", published.VERSION) == published_messages()


# --- the ring --------------------------------------------------------------------------------


def disk_with(slot: bytes) -> FakeDisk:
    """Return the files of a sink whose one commit is this slot."""
    disk = FakeDisk()
    ring = bytearray(commit.SLOT_BYTES * commit.SLOT_COUNT)
    place = COMMIT.number * commit.SLOT_BYTES
    ring[place : place + len(slot)] = slot
    disk.files = {
        result_log.RING: ring,
        result_log.MIDS: bytearray(MIDS),
        result_log.ERRORS: bytearray(ERRORS),
        "outputs/spread.csv": bytearray(SPREADS),
        "segments/manifest.jsonl": bytearray(MANIFEST),
    }
    return disk


def later_slot() -> bytes:
    """Return a slot as the next version may write it: other fields, a right crc."""
    body = msgpack.encode((commit.VERSION + 1, "and other fields"))
    return commit.HEADER.pack(commit.MAGIC, crc32(body), len(body)) + body


def test_a_ring_of_this_version_goes_on() -> None:
    assert ROTATED_COMMIT == ResultLog(disk_with(sample("commit", commit.VERSION))).last


def test_a_ring_of_the_version_before_goes_on_without_segments() -> None:
    assert COMMIT == ResultLog(disk_with(sample("commit", commit.VERSION - 1))).last


@pytest.mark.parametrize("version", [*others("commit")[:-1], commit.VERSION + 1])
@pytest.mark.parametrize("is_empty", [False, True])
def test_a_ring_of_another_version_is_refused_and_nothing_is_touched(
    version: int, is_empty: bool
) -> None:
    slot = later_slot() if version > commit.VERSION else sample("commit", version)
    disk = disk_with(slot)
    if is_empty:  # without a line nothing else would tell that there is a run
        disk.files[result_log.MIDS] = disk.files[result_log.ERRORS] = bytearray()
    # Beside it a commit that could be gone on from: behind it lines would be cut off.
    nothing = commit.Tail()
    first = commit.pack(
        commit.Commit(0, RUN, 1, 0, b"", nothing, nothing, 0, 0, 0, None, "", False, 0, (), ())
    )
    disk.files[result_log.RING][: len(first)] = first
    before = {name: bytes(file) for name, file in disk.files.items()}
    with pytest.raises(ResultLogError, match=f"version {version}, this sink reads") as caught:
        ResultLog(disk)

    assert ("Z608", True) == (caught.value.code, "--fresh" in caught.value.fix)
    assert before == {name: bytes(file) for name, file in disk.files.items()}


# --- the cursor ------------------------------------------------------------------------------


def test_a_cursor_of_this_version_is_the_same_place() -> None:
    read = ReplayCursor.unpack(sample("cursor", cursor.VERSION))

    assert CURSOR == read
    assert HISTORICAL == HistoricalCursor.unpack(read.historical, 2)
    assert [*LIVE_PLACE] == msgpack.decode(read.live)
    assert sample("cursor", cursor.VERSION) == CURSOR.pack()


@pytest.mark.parametrize("version", [*others("cursor"), cursor.VERSION + 1])
def test_a_cursor_of_another_version_is_refused(version: int) -> None:
    is_later = version > cursor.VERSION
    data = msgpack.encode((version, "other", b"")) if is_later else sample("cursor", version)
    with pytest.raises(ProtocolError, match=f"of version {version}, this replayer reads") as caught:
        ReplayCursor.unpack(data)

    assert ("Z504", True) == (caught.value.code, "--fresh" in caught.value.fix)


# --- the capture -----------------------------------------------------------------------------


def records_of(path: Path) -> list[Captured]:
    """Return the records of a capture as they were given to its writer."""
    with_began = (RecordKind.READER, RecordKind.OVERLAP)
    return [
        Captured(
            RecordKind(kind), recv_ns, bytes(payload[8:] if kind in with_began else payload), number
        )
        for kind, recv_ns, payload, _, number in all_of(path)
    ]


def places_of(path: Path) -> list[int]:
    return [record.offset for record in all_of(path)]


def all_of(path: Path) -> list[Record]:
    records: list[Record] = []
    with closing(CaptureReader(path)) as reader:
        offset = reader.first_offset
        while chunk := reader.read(offset, 1 << 20):
            records += chunk.records
            offset = chunk.next_offset
    return records


def test_a_capture_of_this_version_is_read_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / name_of(0)).write_bytes(sample("capture", segment_head.VERSION))
    before = records_of(tmp_path)
    writer = CaptureWriter(tmp_path, 1 << 20)
    assert RECORDS[-1] == writer.last
    assert None is writer.append(RECORDS[:1])
    writer.close()

    # The overlap that had not ended stands at the head of the last group again.
    overlap = next(record for record in RECORDS if record.kind == RecordKind.OVERLAP)
    assert [*RECORDS[:-2], overlap, *RECORDS[-2:]] == before
    assert [*before, RECORDS[0]] == records_of(tmp_path)
    made, kept = STORED["capture"].make(), sample("capture", segment_head.VERSION)
    assert made[segment_head.HEAD_BYTES :] == kept[segment_head.HEAD_BYTES :]


@pytest.mark.parametrize("version", others("capture"))
def test_a_capture_of_one_file_is_read_as_ever_and_goes_on_in_a_segment(
    tmp_path: Path, version: int
) -> None:
    one_file, folder = tmp_path / "capture.log", tmp_path / "capture"
    one_file.write_bytes(sample("capture", version))
    before, places = records_of(one_file), places_of(one_file)
    assert [*FIRST_RECORDS] == before[: len(FIRST_RECORDS)]

    adopt_one_file(one_file, folder)
    assert (before, places) == (records_of(folder), places_of(folder))
    writer = CaptureWriter(folder, 1 << 20)
    assert before[-1] == writer.last
    assert None is writer.append(RECORDS[3:5])
    writer.close()

    assert not one_file.exists()
    size_bytes = len(sample("capture", version))
    assert [name_of(16), name_of(size_bytes)] == sorted(path.name for path in folder.iterdir())
    assert sample("capture", version) == (folder / name_of(16)).read_bytes()
    assert [*before, *RECORDS[3:5]] == records_of(folder)
    assert places == places_of(folder)[: len(places)]


@pytest.mark.parametrize("version", [0, segment_head.VERSION + 1])
def test_a_capture_of_another_version_is_refused_and_stays(tmp_path: Path, version: int) -> None:
    path, one_file = tmp_path / name_of(0), tmp_path / "capture.log"
    data = bytearray(sample("capture", segment_head.VERSION))
    data[len(segment_head.NAME)] = version
    path.write_bytes(data)
    one_file.write_bytes(data)
    for opens in (
        lambda: CaptureReader(tmp_path),
        lambda: CaptureReader(one_file),
        lambda: CaptureWriter(tmp_path, 1 << 20),
        lambda: adopt_one_file(one_file, tmp_path / "capture"),
    ):
        with pytest.raises(InputError, match=f"of version {version}, this program reads") as caught:
            opens()
        assert "Z406" == caught.value.code

    assert data == path.read_bytes() == one_file.read_bytes()


# --- the checkpoints -------------------------------------------------------------------------


def read_checkpoint(path: Path, data: bytes) -> OrderCursor | None:
    path.write_bytes(bytes(3 * len(data)) + data)
    return CheckpointRing(path, RUN, 2).newest(HISTORICAL.last_key, 2)


def test_a_checkpoint_of_this_version_is_the_same_places(tmp_path: Path) -> None:
    data = sample("checkpoint", checkpoint_ring.VERSION)

    assert CHECKPOINT == read_checkpoint(tmp_path / "checkpoints", data)
    assert data == STORED["checkpoint"].make()


@pytest.mark.parametrize("version", [*others("checkpoint"), checkpoint_ring.VERSION + 1])
def test_a_checkpoint_of_another_version_is_none(tmp_path: Path, version: int) -> None:
    is_later = version > checkpoint_ring.VERSION
    data = bytearray(sample("checkpoint", version - is_later))
    if is_later:
        data[8:12] = version.to_bytes(4, "little")
        data[-4:] = crc32(bytes(data[:-4])).to_bytes(4, "little")

    assert read_checkpoint(tmp_path / "checkpoints", data) is None


# --- the accepted commands -------------------------------------------------------------------


def read_commands(folder: Path, data: bytes) -> list[Command]:
    (folder / "commands.json").write_bytes(data)
    kept = ReplayerState(folder, fresh=False, lock_wait_ns=0)
    try:
        return kept.read_commands(RUN)
    finally:
        kept.close()


def test_commands_of_this_version_are_those_that_were_accepted(tmp_path: Path) -> None:
    assert COMMANDS == read_commands(tmp_path, sample("commands", command_journal.VERSION))
    assert sample("commands", command_journal.VERSION) == STORED["commands"].make()


def test_commands_of_the_first_version_are_those_that_were_accepted(tmp_path: Path) -> None:
    """The sample is from before the file named its version; later ones did."""
    unnamed = sample("commands", 1)

    assert FIRST_COMMANDS == read_commands(tmp_path, unnamed)
    assert FIRST_COMMANDS == read_commands(tmp_path, b'{"version":1,' + unnamed[1:])


def test_commands_of_the_second_version_are_those_that_were_accepted(tmp_path: Path) -> None:
    data = sample("commands", 2)

    assert SECOND_COMMANDS == read_commands(tmp_path, data)
    is_off = data.replace(b'"is_on":true', b'"is_on":false')
    assert [*SECOND_COMMANDS[:-1], SetLoop(1, 7)] == read_commands(tmp_path, is_off)


def test_commands_of_a_later_version_are_refused(tmp_path: Path) -> None:
    version = command_journal.VERSION + 1
    data = b'{"version": %d, "commands": "in another form"}' % version
    with pytest.raises(ResultLogError, match=f"version {version}, this replayer reads") as caught:
        read_commands(tmp_path, data)

    assert ("Z608", True) == (caught.value.code, "--fresh" in caught.value.fix)
    assert data == (tmp_path / "commands.json").read_bytes()
