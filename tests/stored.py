"""What a program of this version stores or sends and a later one reads: a sample of each.

`python -m tests.stored` writes those of the present versions that are not there yet into
tests/samples; one that is there is never written anew.
"""

from collections.abc import Callable
from math import nan
from pathlib import Path
from struct import pack
from tempfile import TemporaryDirectory
from typing import NamedTuple

from msgspec import msgpack
from msgspec.structs import replace

from protocol import codec, commit, published
from protocol.commit import Commit, Tail
from protocol.published import PublishedEnd, PublishedMids
from tests.protocol.examples import ONE_OF_EACH, RUN, SPREAD
from zreplay.delivery import cursor
from zreplay.delivery.command import SeekTo, SetLoop, SetMode
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.run_state import RunState
from zreplay.historical.historical_cursor import HistoricalCursor
from zreplay.live import segment_head
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_records import CONNECTION, Captured, RecordKind
from zreplay.live.segment_head import name_of
from zreplay.ordering.order_cursor import OrderCursor, Resume
from zreplay.recordings.source_block import FilePlace
from zreplay.replayer import checkpoint_ring, command_journal
from zreplay.replayer.checkpoint_ring import encode
from zreplay.replayer.state import ReplayerState

SAMPLES = Path(__file__).resolve().parent / "samples"

MIDS, ERRORS = b"2025-01-01 00:00:00.120, 200.5\n", b"No mid price\n"
SPREADS = b"0.1\n"
COMMIT = Commit(
    *(3, RUN, 2, 2, b"cursor", Tail().grown(MIDS), Tail().grown(ERRORS), 1, 1, 0),
    *(20.0, "exchange", False, 5, (SPREAD,), (Tail().grown(SPREADS),)),
)
"""What a ring of version 5 holds."""
MANIFEST = b'{"log":"mid_prices.log"}\n'
ROTATED_COMMIT = replace(
    COMMIT,
    mids_tail=Tail(number=4, start=900).grown(MIDS),
    manifest_tail=Tail().grown(MANIFEST),
    latest_ns=1_759_446_600_000_000_000,
    elapsed_ns=86_400_000_000_000,
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
_NS = 1_759_446_600_000_000_000
FIRST_RECORDS = (
    Captured(RecordKind.CONNECTED, _NS, b"ws://127.0.0.1:9"),
    Captured(RecordKind.MESSAGE, _NS + 1, b'{"ticker": "A"}'),
    Captured(RecordKind.DISCONNECTED, _NS + 2, b"gone"),
)
"""What a capture of version 1 holds."""
RECORDS = (
    *FIRST_RECORDS,
    Captured(RecordKind.CONNECTED, _NS + 3, b"wss://ws.okx.com", 1),
    Captured(RecordKind.READER, _NS + 3, b"okx", 1),
    Captured(
        RecordKind.SUBSCRIPTION, _NS + 4, b'{"state":"asked","symbols":["BTC-USDT"],"reason":""}', 1
    ),
    Captured(RecordKind.MESSAGE, _NS + 5, b'{"event":"notice"}', 1),
    Captured(RecordKind.NOTICE, _NS + 5, b'{"event":"notice"}', 1),
    Captured(RecordKind.OVERLAP, _NS + 6, CONNECTION.pack(1), 2),
    Captured(RecordKind.CONNECTED, _NS + 6, b"wss://ws.okx.com", 2),
    Captured(RecordKind.READER, _NS + 6, b"okx", 2),
    Captured(RecordKind.MESSAGE, _NS + 7, b"{}", 2),
    Captured(RecordKind.OVERLAP_END, _NS + 8, b"", 2),
    Captured(RecordKind.DISCONNECTED, _NS + 8, b"replaced", 1),
)
PUBLISHED_MIDS = PublishedMids(
    *(1, RUN, "A", 5, pack("<2q", 7, 9), pack("<2q", _NS, _NS + 1), pack("<2q", _NS, _NS)),
    *(pack("<2d", *values) for values in ((0.1, nan), (200.0, 1.0), (201.0, nan), (200.5, nan))),
)
PUBLISHED_END = PublishedEnd(1, RUN, 12, False, (("A", 7), ("SATS@Ö", 5)), 0)
FIRST_COMMANDS = [SetMode("live", 120), SeekTo(1_759_446_600_000_000_000, None)]
SECOND_COMMANDS = [*FIRST_COMMANDS, SeekTo(None, None), SetLoop(passes=None, record=7)]
COMMANDS = [*SECOND_COMMANDS, SetLoop(passes=3)]


def frames() -> bytes:
    """Return a frame of each message, one behind the other."""
    return b"".join(map(codec.encode, ONE_OF_EACH))


def published_messages() -> bytes:
    return b"".join(map(published.pack, (PUBLISHED_MIDS, PUBLISHED_END)))


def captured() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "capture"
        writer = CaptureWriter(path, 1 << 20)
        assert None is writer.append(RECORDS[:2]) is writer.append(RECORDS[2:-2])
        assert None is writer.append(RECORDS[-2:])
        writer.close()
        return (path / name_of(0)).read_bytes()


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
    "published": Stored(published.VERSION, published_messages),
    "commit": Stored(commit.VERSION, lambda: commit.pack(ROTATED_COMMIT)),
    "cursor": Stored(cursor.VERSION, CURSOR.pack),
    "capture": Stored(segment_head.VERSION, captured),
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
