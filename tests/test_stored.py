"""What an earlier version sent or stored is read as it was meant, or refused by its version."""

from pathlib import Path

import pytest
from msgspec import msgpack

from protocol import codec
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
    HISTORICAL,
    LIVE_PLACE,
    MIDS,
    RECORDS,
    STORED,
    frames,
    sample,
    versions,
)
from tests.zmid.fakes import FakeDisk
from zmid import commit, result_log
from zmid.result_log import ResultLog
from zreplay.delivery import cursor
from zreplay.delivery.command import Command
from zreplay.delivery.cursor import ReplayCursor
from zreplay.historical.historical_cursor import HistoricalCursor
from zreplay.live import capture
from zreplay.live.capture import (
    CaptureReader,
    CaptureWriter,
)
from zreplay.live.capture_records import Captured, RecordKind
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
    }
    return disk


def later_slot() -> bytes:
    """Return a slot as the next version may write it: other fields, a right crc."""
    body = msgpack.encode((commit.VERSION + 1, "and other fields"))
    return commit.HEADER.pack(commit.MAGIC, crc32(body), len(body)) + body


def test_a_ring_of_this_version_goes_on() -> None:
    assert COMMIT == ResultLog(disk_with(sample("commit", commit.VERSION))).last


@pytest.mark.parametrize("version", [*others("commit"), commit.VERSION + 1])
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
        commit.Commit(0, RUN, 1, 0, b"", nothing, nothing, 0, 0, 0, None, "", False)
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


def test_a_capture_of_this_version_is_read_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "capture.log"
    path.write_bytes(sample("capture", capture.VERSION))
    writer = CaptureWriter(path, 1 << 20)
    assert RECORDS[-1] == writer.last
    assert None is writer.append(RECORDS[:1])
    writer.close()
    reader = CaptureReader(path)
    chunk = reader.read(reader.first_offset, 1 << 20)
    reader.close()

    assert chunk is not None
    assert [*RECORDS, RECORDS[0]] == [
        Captured(RecordKind(kind), recv_ns, bytes(payload))
        for kind, recv_ns, payload, _ in chunk.records
    ]


@pytest.mark.parametrize("version", [*others("capture"), 0, capture.VERSION + 1])
def test_a_capture_of_another_version_is_refused_and_stays(tmp_path: Path, version: int) -> None:
    path = tmp_path / "capture.log"
    data = bytearray(sample("capture", capture.VERSION))
    data[len(capture.MAGIC) - 1] = version
    path.write_bytes(data)
    for opens in (CaptureReader, lambda path: CaptureWriter(path, 1 << 20)):
        with pytest.raises(InputError, match=f"of version {version}, this program reads") as caught:
            opens(path)
        assert "Z406" == caught.value.code

    assert data == path.read_bytes()


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


def test_commands_of_a_later_version_are_refused(tmp_path: Path) -> None:
    version = command_journal.VERSION + 1
    data = b'{"version": %d, "commands": "in another form"}' % version
    with pytest.raises(ResultLogError, match=f"version {version}, this replayer reads") as caught:
        read_commands(tmp_path, data)

    assert ("Z608", True) == (caught.value.code, "--fresh" in caught.value.fix)
    assert data == (tmp_path / "commands.json").read_bytes()
