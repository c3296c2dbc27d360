"""A stretch of a file -> the counts of it that belong to the pieces at home: each line once.

Only its whole is counted. One that goes over the edge of a piece is read again up to that edge.
"""

from contextlib import closing
from itertools import pairwise

from zreplay.backfilling.file_reading import FileTask
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.recording import Recording
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.source_block import NO_NOTES, FilePlace, RowNotes, SourceBlock


def notes_at_home(task: FileTask, source: SourceBlock, columns: FormatOptions) -> RowNotes:
    """Return the notes of the lines of a stretch that are in pieces at home.

    Raises:
        InputError: the file cannot be read again.
    """
    begin, end = source.start.offset, source.end.offset
    edges = [begin, *(offset for offset in task.offsets if begin < offset < end)]
    is_home = [task.is_at_home(edge) for edge in edges]
    if all(is_home) or not any(is_home):
        return source.notes if is_home[0] else NO_NOTES
    at_home, left = NO_NOTES, source.notes
    with closing(open_recording(task.path, 0, columns)) as recording:
        recording.open()
        if recording.place.offset < begin:  # else it begins behind the header
            recording.seek(FilePlace(begin, None))
        for (_, edge), is_before_at_home in zip(pairwise(edges), is_home, strict=False):
            notes = _notes_up_to(recording, edge)
            left = left.minus(notes)
            if is_before_at_home:
                at_home = at_home.plus(notes)
    return at_home.plus(left) if is_home[-1] else at_home


def _notes_up_to(recording: Recording, offset: int) -> RowNotes:
    notes = NO_NOTES
    while recording.place.offset < offset:
        unparsed = recording.cut(offset - recording.place.offset)
        if unparsed is None:
            break
        notes = notes.plus(unparsed().source.notes)
    return notes
