"""The rotation of half of the seeds, and which segments a plain walk over the records makes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from protocol.result_folder import ERRORS, MANIFEST, MIDS
from protocol.rotation import DAY_NS, Rotation
from protocol.segment import place_of, read_manifest
from tests.listed import listed
from tests.reference import Quote, controlled_logs, historical_line, mid_line, ordered_quotes
from tests.simulation.expected import LIVE_START_NS, value_of
from zreplay.delivery.command import Command

TABLE_HEAD = listed.outputs[1].file.schema
FORMS = (
    Rotation(),
    Rotation(),
    Rotation(period_ns=10_000_000),
    Rotation(period_ns=150_000_000),
    Rotation(size_bytes=150),
    Rotation(size_bytes=2_000),
)
"""A recording of the simulation lasts a second."""


def rotation_of(seed: int) -> Rotation:
    return Random(f"the rotation of {seed}").choice(FORMS)


def segments_of(files: Mapping[str, bytes | bytearray], name: str) -> list[bytes]:
    """Return the closed segments of a log in their order, and the open one."""
    places = {place: file for file in files if (place := place_of(name, file)) is not None}
    assert [*range(len(places))] == sorted(place.number for place in places)
    return [*(bytes(files[places[place]]) for place in sorted(places)), bytes(files.get(name, b""))]


def joined(files: Mapping[str, bytes | bytearray], name: str) -> bytes:
    """Return what the log would be without rotation; of a table each segment has a head."""
    segments = segments_of(files, name)
    if not name.endswith(".arrows"):
        return b"".join(segments)
    assert all(each.startswith(TABLE_HEAD) for each in segments if len(segments) > 1)
    return segments[0] + b"".join(each.removeprefix(TABLE_HEAD) for each in segments[1:])


def wrong_segments(
    files: Mapping[str, bytes | bytearray],
    rotation: Rotation,
    paths: Sequence[Path],
    answered: Sequence[Command],
    captured: int,
    passes: int,
) -> str:
    """Return which log is cut elsewhere than by a plain walk; empty if none is."""
    live = [
        _record(at_ns, is_error=False, line=mid_line(at_ns, *2 * [float(number + 1)]))
        for number in range(captured)
        for at_ns in (LIVE_START_NS + number * 1_000_000,)
    ]
    commands = [(each.record or 0, each.verb, value_of(each)) for each in answered]
    quotes = ordered_quotes(paths)[0]
    text = controlled_logs(quotes, live, commands, passes, _record_of).mids
    records = [json.loads(line) for line in text.splitlines()]
    for is_error, name in ((False, MIDS), (True, ERRORS)):
        if _walked(records, is_error=is_error, rotation=rotation) != segments_of(files, name):
            return f"other segments of {name}"
    listed_files = [each.file for each in read_manifest(bytes(files.get(MANIFEST, b"")))]
    there = sorted(name for name in files if name.startswith("segments/") and name != MANIFEST)
    return "" if sorted(listed_files) == there else "another manifest"


def _record_of(quote: Quote) -> tuple[bool, str]:
    is_error, line = historical_line(quote)
    return False, _record(quote.arrival_ns, is_error=is_error, line=line)


def _record(at_ns: int, *, is_error: bool, line: str) -> str:
    return json.dumps([at_ns, is_error, line]) + "\n"


def _walked(
    records: Sequence[tuple[int, bool, str]], *, is_error: bool, rotation: Rotation
) -> list[bytes]:
    segments, latest = [b""], None
    for at_ns, is_of_errors, line in records:
        if rotation.period_ns:
            period = at_ns // rotation.period_ns
            is_back = latest is not None and latest - period > DAY_NS // rotation.period_ns
            if segments[-1] and latest is not None and (period > latest or is_back):
                segments.append(b"")
            latest = period if latest is None or is_back else max(latest, period)
        if is_of_errors is is_error:
            segments[-1] += line.encode()
        if rotation.size_bytes and len(segments[-1]) >= rotation.size_bytes:
            segments.append(b"")
    return segments
