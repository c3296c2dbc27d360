"""Whatever is read from outside, changed by chance: it is read, or refused in words of ours.

A target is a reader and what it reads on a good day. Anything but an error of ours is a find: the
bytes are printed by `scripts/fuzz`, and belong into a test.
"""

import atexit
import json
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from msgspec.structs import asdict

import zreplay
from protocol import codec, commit, published
from protocol.arrays import quote_arrays
from protocol.checksum import crc32
from protocol.codec import HEADER
from protocol.errors import ZreplayError
from protocol.keys.allowed import allowed_of, allowed_text
from protocol.keys.key import key_of, key_text
from protocol.messages import Batch, Result
from protocol.program.config_file import read_config
from protocol.published import topic_of
from tests.format_examples import EXAMPLES, Example
from tests.protocol.examples import ONE_OF_EACH, RUN
from tests.protocol.keys.key_examples import ALLOWED, key_of_role
from tests.stored import (
    COMMIT,
    CURSOR,
    PUBLISHED_END,
    PUBLISHED_MIDS,
    ROTATED_COMMIT,
    sample,
)
from tests.test_damaged_kinds import KINDS
from tests.zreplay.venue_messages import MESSAGES
from zmid.cli import cli as zmid_program
from zmid.narrow_result import widened_result
from zreplay.controls.responder import parse_request
from zreplay.delivery.cursor import ReplayCursor
from zreplay.live.capture_records import Captured, RecordKind, packed, records_in
from zreplay.live.known_venues import venue_of
from zreplay.live.live_message import LiveMessage, Reading
from zreplay.live.venue_quotes import venue_quotes
from zreplay.recordings.formats.definition import definition_of
from zreplay.replayer import checkpoint_ring, command_journal

RECV_NS: Final = 1_800_000_000_000_000_000
TOKENS: Final = (
    *(b"\x00", b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"\xdd\xff\xff\xff\xff", b"\xc1", b"\x91" * 300),
    *(b"-1", b"1e400", b"9" * 400, b"NaN", b"null", b'"', b"\\ud800", b"[" * 3000, b"{", b"}"),
    *(b"\n", b"\r", b"\x1b[2J", b",", b"=", b"'''", b"\xed\xa0\x80", b"\xef\xbb\xbf", b" "),
)
MOST_CHANGES: Final = 4
LONGEST_COPY: Final = 200


class Target(NamedTuple):
    """A reader, what it reads on a good day, and whether it needs a file to do so."""

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[bytes], object]
    is_of_files: bool = False


def changed(seeds: tuple[bytes, ...], chance: Random) -> bytes:
    """Return one of the seeds with some bits, bytes or stretches of it changed."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, MOST_CHANGES)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0 if data:
                data[at % len(data)] ^= 1 << chance.randrange(8)
            case 1:
                data[at : at + chance.randrange(9)] = chance.choice(TOKENS)
            case 2:
                data[at:at] = chance.choice(TOKENS)
            case 3:
                del data[at : at + chance.choice((1, 4, 64, len(data)))]
            case 4:
                other = chance.choice(seeds)
                begin = chance.randrange(len(other) + 1)
                data[at:at] = other[begin : begin + chance.randrange(LONGEST_COPY)]
            case _:
                data[at : at + 2] = chance.randbytes(chance.randrange(5))
    return bytes(data)


def complaint(target: Target, data: bytes) -> BaseException | None:
    """Return what a reader raises that is no error of ours, None if all is well."""
    try:
        target.read(data)
    except ZreplayError as error:
        return None if error.exit_code != ZreplayError.exit_code else error
    except Exception as error:  # whatever it is, it is a find
        return error
    return None


def complaints(target: Target, cases: int, seed: int) -> Iterator[tuple[bytes, BaseException]]:
    """Yield what was not read, and what was raised."""
    chance = Random(f"{target.name} {seed}")
    for data in islice(iter(lambda: changed(target.seeds, chance), b"never"), cases):
        if (found := complaint(target, data)) is not None:
            yield data, found


def targets() -> list[Target]:
    """Return all of them, those that need no file first."""
    bodies = tuple(codec.encode(message) for message in ONE_OF_EACH)
    formats = tuple(path.read_bytes() for path in FORMATS.glob("*.toml"))
    journals = tuple(sample("commands", version) for version in (1, 2, 3))
    records = b"".join(map(packed, CAPTURED))
    return [
        Target("frames", bodies, codec.decode),
        Target("frames with their checksum", bodies, _sealed_frame),
        Target("published", PUBLISHED, lambda data: published.unpack(data[:1], data[1:])),
        Target("ring", (commit.pack(ROTATED_COMMIT), commit.pack(COMMIT)), _sealed_commit),
        Target("cursor", (CURSOR.pack(),), ReplayCursor.unpack),
        Target("checkpoint", (sample("checkpoint", 1),), _sealed_checkpoint),
        Target("state", journals, lambda data: command_journal.unpack(data, RUN, "commands.json")),
        Target("capture", (records,), _read_records),
        Target("control", REQUESTS, parse_request),
        Target("key", KEY_TEXTS, lambda data: key_of(_text(data), "a.key")),
        Target("allowed", ALLOWED_TEXTS, lambda data: allowed_of(_text(data), "allowed.toml")),
        Target("format", formats, _define_format),
        *(_venue_target(name, frames) for name, frames in _frames_by_venue().items()),
        Target("settings", SETTINGS, _read_settings, is_of_files=True),
        *(
            Target(name, (data,), partial(_inspect, name), is_of_files=True)
            for name, data in KINDS.items()
        ),
        *(
            Target(name, (_example_file(each),), partial(_inspect_as, each), is_of_files=True)
            for name, each in EXAMPLES.items()
            if each.format not in OF_TWO_FILES
        ),
    ]


OF_TWO_FILES: Final = ("lobster",)
FORMATS: Final = Path(zreplay.__file__).parent / "recordings" / "formats"
PUBLISHED: Final = tuple(
    topic_of(message)[:1] + published.pack(message) for message in (PUBLISHED_MIDS, PUBLISHED_END)
)
REQUESTS: Final = (
    b'{"verb": "mode", "value": "live"}',
    b'{"verb": "step", "value": "10", "id": "a name"}',
    b'{"verb": "seek", "value": "2025-10-02 23:59:57.5"}',
)
KEY_TEXTS: Final = (key_text(key_of_role("worker")).encode(),)
ALLOWED_TEXTS: Final = (allowed_text(ALLOWED).encode(),)
SETTINGS: Final = (
    b"[worker]\nhwm = 2\nlatency-threshold = 20.0\n",
    b'[sink]\nout = "logs"\nrotate = "1d"\n',
)
CAPTURED: Final = (
    *(Captured(RecordKind.CONNECTED, 1, b"ws://x"), Captured(RecordKind.MESSAGE, 2, b"{}", 3)),
    Captured(RecordKind.DISCONNECTED, 3, b"gone"),
)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _sealed_frame(data: bytes) -> object:
    magic, version, number, _ = HEADER.unpack_from(data.ljust(HEADER.size, b"\0"))
    body = data[HEADER.size :]
    message = codec.decode(HEADER.pack(magic, version, number, crc32(body)) + body)
    if isinstance(message, Result):
        return widened_result(message)
    return quote_arrays(message) if isinstance(message, Batch) else message


def _sealed_commit(data: bytes) -> object:
    body = data[commit.HEADER.size :]
    return commit.unpack(commit.HEADER.pack(commit.MAGIC, crc32(body), len(body)) + body)


def _sealed_checkpoint(data: bytes) -> object:
    return checkpoint_ring.decode(data[:-4] + crc32(data[:-4]).to_bytes(4, "little"))


def _read_records(data: bytes) -> object:
    return [*records_in(memoryview(data), 0, Path("capture"))]


def _define_format(data: bytes) -> object:
    try:
        content = tomllib.loads(_text(data))
    except (ValueError, RecursionError):
        return None  # told by who reads the file
    return definition_of("own", content)


def _frames_by_venue() -> dict[str, tuple[bytes, ...]]:
    found: dict[str, list[bytes]] = {}
    for line in MESSAGES.read_text().splitlines():
        row = json.loads(line)
        found.setdefault(row["venue"], []).append(row["frame"].encode())
    return {name: tuple(frames) for name, frames in found.items()}


def _venue_target(name: str, frames: tuple[bytes, ...]) -> Target:
    venue = venue_of(name)

    def read(frame: bytes) -> object:
        reading = Reading(venue, venue.new_reader())
        return venue_quotes([LiveMessage(RECV_NS, frame, 100, reading)])

    return Target(f"venue {name}", frames, read)


@cache
def _folder() -> Path:
    held = tempfile.TemporaryDirectory(prefix="fuzz-")
    atexit.register(held.cleanup)
    return Path(held.name)


def _read_settings(data: bytes) -> object:
    path = _folder() / "zmid.toml"
    path.write_bytes(data)
    return read_config(path, zmid_program)


def _example_file(example: Example) -> bytes:
    lines = [*([example.header] if example.header else []), *[example.line] * 3]
    return "".join(f"{line}\n" for line in lines).encode()


def _inspect(name: str, data: bytes, **options: object) -> object:
    path = _folder() / Path(name).name
    path.write_bytes(data)
    return zreplay.inspect(path, **options)


def _inspect_as(example: Example, data: bytes) -> object:
    options = {name: value for name, value in asdict(example.options).items() if value}
    options.pop("latency")
    return _inspect(example.name.removesuffix(".gz"), data, **options)
