"""Files read for their indexes alone: nothing is put in order, sent or counted."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from protocol.errors import InputError, SettingsError
from zreplay.historical import parse_ahead
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.latency_model import LatencyModel
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.index.entries import Prefix
from zreplay.recordings.index.index_store import IndexStore
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.recording import Parsed, Recording
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.strays import OFF, Strays


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
        if indexes.whole(number) is None:
            with closing(open_recording(path, number, columns)) as recording:
                for parsed in _stretches(recording, max_jump_ns):
                    indexes.note(number, _modelled(parsed, latency, recording.name))
                    share = recording.share(parsed.source.end.offset)
                    progress((number + share) / len(paths))
                indexes.note(number, None)
        whole = indexes.whole(number)
        if whole is None:
            raise InputError(
                f"{path}: changed while it was read",
                fix="give a finished copy, not one that is being written",
                code="Z401",
            )
        found.append(whole)
    return found


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
