"""Files read only for their indexes: nothing is ordered, sent or counted."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from protocol.errors import InputError, SettingsError, ZreplayError
from zreplay.historical import parse_ahead
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.latency_model import LatencyModel
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.gzip_points import Points, find, is_installed, keep, make
from zreplay.recordings.index.entries import Prefix
from zreplay.recordings.index.file_identity import stamp_of
from zreplay.recordings.index.index_store import IndexStore
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.recording import Parsed, Recording
from zreplay.recordings.recording_kind import is_gzip, open_recording
from zreplay.recordings.strays import OFF, Strays

MOST_BYTES: Final = 32 * 1024 * 1024
"""Files of so many bytes in all are read in a tenth of a second or two."""

MOST_BYTES_A_FILE: Final = 4 * 1024 * 1024
"""A file of this size is read as fast as its ends are looked at."""


def make_indexes(
    paths: Sequence[Path],
    *,
    columns: FormatOptions = NO_COLUMNS,
    max_jump_ns: int = OFF,
    latency: LatencyModel | None = None,
    store: IndexStore | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Prefix]:
    """Read each file that has no index yet to its end; return what is known of each as a whole.

    `progress` is given the share of the files that is done.

    Raises:
        SettingsError: standard input cannot be read twice.
        InputError: a file cannot be read, or changes meanwhile.
    """
    if STANDARD_INPUT in paths:
        raise SettingsError("standard input has no index", fix="write it to a file", code="Z203")
    indexes = FileIndexes(
        paths, columns=columns, max_jump_ns=max_jump_ns, latency=latency, store=store
    )
    indexes.begin(None)
    found = []
    for number, path in enumerate(paths):
        # Both take about as long, and neither waits for the other.
        with ThreadPoolExecutor(1, "points") as beside:
            points = beside.submit(_new_points, path, store)
            if indexes.whole(number) is None:
                with closing(open_recording(path, number, columns)) as recording:
                    for share in _read_through(recording, indexes, number, max_jump_ns, latency):
                        progress((number + share) / len(paths))
        whole = indexes.whole(number)
        if whole is None:
            raise InputError(
                f"{path}: changed while it was read",
                fix="give a finished copy, not one that is being written",
                code="Z401",
            )
        if (made := points.result()) is not None and made.size_bytes == whole.place.offset:
            keep(path, made, store)
        found.append(whole)
    indexes.settle()
    return found


def _new_points(path: Path, store: IndexStore | None) -> Points | None:
    """Return the points of a .gz that has none; of a damaged one they are not to be kept."""
    if is_installed() and is_gzip(path) and find(path, store) is None:
        return make(path)
    return None


def complete(
    indexes: FileIndexes,
    paths: Sequence[Path],
    *,
    columns: FormatOptions = NO_COLUMNS,
    max_jump_ns: int = OFF,
    latency: LatencyModel | None = None,
    most_bytes: int | None = None,
) -> None:
    """Read what has no index yet, where it is so little that whoever asks can wait for it.

    That is `most_bytes` in all. `indexes` may be in use meanwhile. What cannot be read to its end
    has no index after it either.
    """
    lacking = {
        number: stamp.size_bytes
        for number, path in enumerate(paths)
        if path != STANDARD_INPUT
        and indexes.whole(number) is None
        and (stamp := stamp_of(path)) is not None
    }
    if not lacking or sum(lacking.values()) > (MOST_BYTES if most_bytes is None else most_bytes):
        return
    others = FileIndexes(paths, columns=columns, max_jump_ns=max_jump_ns, latency=latency)
    others.begin(None)
    for number in lacking:
        with (
            suppress(ZreplayError),
            closing(open_recording(paths[number], number, columns)) as recording,
        ):
            for _ in _read_through(recording, others, number, max_jump_ns, latency):
                pass
    indexes.adopt(others)


def _read_through(
    recording: Recording,
    indexes: FileIndexes,
    number: int,
    max_jump_ns: int,
    latency: LatencyModel | None,
) -> Iterator[float]:
    """Let a file be noted from its beginning to its end; yield how much of it was."""
    for parsed in _stretches(recording, max_jump_ns):
        indexes.note(number, _modelled(parsed, latency, recording.name))
        yield recording.share(parsed.source.end.offset)
    indexes.note(number, None)


def _stretches(recording: Recording, max_jump_ns: int) -> Iterator[Parsed]:
    """Yield the rows of a file in its order, without strays."""
    strays = Strays(recording.name, max_jump_ns)
    for parsed in _blocks(recording):
        yield from strays.add(parsed)
    yield from strays.end()


def _blocks(recording: Recording) -> Iterator[Parsed]:
    """Yield the rows of a file; one that is small in blocks as small as among many files."""
    if recording.size_bytes < parse_ahead.BLOCK_BYTES:
        while (unparsed := recording.cut(parse_ahead.LEAST_BLOCK_BYTES)) is not None:
            yield unparsed()
        return
    with closing(parse_ahead.ParseAhead([recording])) as blocks:
        while (parsed := blocks.next(0)) is not None:
            yield parsed


def _modelled(parsed: Parsed, latency: LatencyModel | None, file: str) -> Parsed:
    if latency is None:
        return parsed
    source, rejections = latency.apply(parsed.source, file)
    return Parsed(source, [*parsed.rejections, *rejections])
