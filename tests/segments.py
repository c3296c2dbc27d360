"""What a rotated log would be without rotation: its segments in order, then the open one."""

from pathlib import Path

from backports import zstd

from protocol.segment import COMPRESSED, place_of


def segment_paths(out: Path, log: str) -> list[Path]:
    """Return the closed segments of a log, in order."""
    found = {}
    for path in (out / "segments").rglob("*"):
        if (place := place_of(log, path.relative_to(out).as_posix())) is not None:
            found[place.number] = path
    return [found[number] for number in sorted(found)]


def closed_ever(out: Path, log: str) -> int:
    """Return how often a log was closed, also of segments that are gone."""
    places = (place_of(log, path.relative_to(out).as_posix()) for path in segment_paths(out, log))
    return 1 + max((place.number for place in places if place is not None), default=-1)


def read_segment(path: Path) -> bytes:
    if not path.exists():  # a sink compressed it meanwhile
        path = path.with_name(f"{path.name}{COMPRESSED}")
    data = path.read_bytes()
    return zstd.decompress(data) if path.suffix == COMPRESSED else data


def joined(out: Path, log: str) -> bytes:
    """Return all bytes of a log, which need not be rotated."""
    return b"".join(map(read_segment, [*segment_paths(out, log), out / log]))
