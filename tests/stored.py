"""What a program of this version stores or sends and a later one reads: a sample of each.

`python -m tests.stored` writes those of the present versions that are not there yet into
tests/samples; one that is there is never written anew.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from msgspec import msgpack

from protocol import codec
from tests.protocol.examples import ONE_OF_EACH, RUN
from zmid import commit
from zmid.commit import Commit, Tail
from zreplay.delivery import cursor
from zreplay.delivery.command import SeekTo, SetLoop, SetMode
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.run_state import RunState
from zreplay.historical.historical_cursor import HistoricalCursor
from zreplay.live import capture
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.ordering.order_cursor import OrderCursor, Resume
from zreplay.recordings.source_block import FilePlace
from zreplay.replayer import checkpoint_ring, command_journal
from zreplay.replayer.checkpoint_ring import encode
from zreplay.replayer.state import ReplayerState

SAMPLES = Path(__file__).resolve().parent / "samples"

MIDS, ERRORS = b"2025-01-01 00:00:00.120, 200.5\n", b"No mid price\n"
COMMIT = Commit(
    *(3, RUN, 2, 2, b"cursor", Tail().grown(MIDS), Tail().grown(ERRORS), 1, 1, 0),
    *(20.0, "exchange", False),
)
HISTORICAL = HistoricalCursor(7, 1_759_446_600_000_000_000, (1_759_446_600_005_000_000, 93))
CHECKPOINT = OrderCursor.of(
    HISTORICAL.last_key,
    (
        Resume(FilePlace(58, 2), None),
        Resume(FilePlace(1 << 40, None, 1_759_446_599_000_000_000), 1_759_446_600_000_000_000),
    ),
)
LIVE_PLACE = (b"capture-", 17, 99)
CURSOR = ReplayCursor(
    RunState("live", 4, "loop", 1, None), HISTORICAL.pack(), msgpack.encode(LIVE_PLACE)
)
RECORDS = (
    Captured(RecordKind.CONNECTED, 1_759_446_600_000_000_000, b"ws://127.0.0.1:9"),
    Captured(RecordKind.MESSAGE, 1_759_446_600_000_000_001, b'{"ticker": "A"}'),
    Captured(RecordKind.DISCONNECTED, 1_759_446_600_000_000_002, b"gone"),
)
FIRST_COMMANDS = [SetMode("live", 120), SeekTo(1_759_446_600_000_000_000, None)]
COMMANDS = [*FIRST_COMMANDS, SeekTo(None, None), SetLoop(is_on=True, record=7)]


def frames() -> bytes:
    """Return a frame of each message, one behind the other."""
    return b"".join(map(codec.encode, ONE_OF_EACH))


def captured() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "capture.log"
        writer = CaptureWriter(path, 1 << 20)
        assert None is writer.append(RECORDS[:2]) is writer.append(RECORDS[2:])
        writer.close()
        return path.read_bytes()


def commands() -> bytes:
    with TemporaryDirectory() as folder:
        kept = ReplayerState(Path(folder), fresh=False, lock_wait_ns=0)
        kept.write_commands(RUN, COMMANDS)
        kept.close()
        return (Path(folder) / "commands.json").read_bytes()


class Stored(NamedTuple):
    """A kind of what is stored or sent: its present version, and how a sample is made."""

    version: int
    make: Callable[[], bytes]


STORED = {
    "frames": Stored(codec.VERSION, frames),
    "commit": Stored(commit.VERSION, lambda: commit.pack(COMMIT)),
    "cursor": Stored(cursor.VERSION, CURSOR.pack),
    "capture": Stored(capture.VERSION, captured),
    "checkpoint": Stored(checkpoint_ring.VERSION, lambda: encode(RUN, 3, CHECKPOINT, 2)),
    "commands": Stored(command_journal.VERSION, commands),
}


def path_of(kind: str, version: int) -> Path:
    return SAMPLES / f"{kind}_{version}.hex"


def sample(kind: str, version: int) -> bytes:
    return bytes.fromhex(path_of(kind, version).read_text())


def versions(kind: str) -> list[int]:
    """Return the versions of which there is a sample."""
    return sorted(int(path.stem.rpartition("_")[2]) for path in SAMPLES.glob(f"{kind}_*.hex"))


def write_missing() -> None:
    SAMPLES.mkdir(exist_ok=True)
    for kind, (version, make) in STORED.items():
        path = path_of(kind, version)
        if not path.exists():
            path.write_text(make().hex("\n", 40) + "\n")


if __name__ == "__main__":
    write_missing()
