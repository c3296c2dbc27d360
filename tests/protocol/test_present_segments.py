"""What is there of a log is told from names and manifest; what was taken away is not missed."""

from msgspec.structs import replace

from protocol.commit import Tail
from protocol.present_segments import PresentSegments
from protocol.result_folder import MIDS
from protocol.segment import Segment, manifest_line, segment_file, waiting_file
from tests.stored import COMMIT

CLOSED = {number: segment_file(MIDS, number, "12") for number in range(4)}
END = Segment(MIDS, 2, CLOSED[2], 10, 5, 77, None, 0)


def present(*files: str) -> PresentSegments:
    return PresentSegments(files, manifest_line(END))


def test_a_segment_is_closed_or_waits_or_is_open() -> None:
    there = present(CLOSED[2], waiting_file(MIDS, 4), f"{CLOSED[1]}.zst", "segments/manifest.jsonl")

    assert ({2: CLOSED[2]}, {4: waiting_file(MIDS, 4)}) == there.of(MIDS)
    assert [MIDS, CLOSED[2], MIDS, waiting_file(MIDS, 4)] == [
        there.file(MIDS, number) for number in (1, 2, 3, 4)
    ]
    assert [False, True, True, True, False] == [
        there.of(MIDS).has(number) for number in (1, 2, 3, 4, 5)
    ]


def test_the_manifest_says_where_one_ends_and_what_it_is_called() -> None:
    there = present()

    assert (Tail(5, 77, 2, 10), CLOSED[2]) == (there.end(MIDS, 2), there.name(MIDS, 2))
    assert None is there.end(MIDS, 3) is there.end("errors.log", 2)


def test_a_commit_lacks_a_segment_that_was_taken_away_since_it_was_closed() -> None:
    newest = replace(COMMIT, mids_tail=Tail(number=3))
    commits = [replace(COMMIT, mids_tail=Tail(number=number)) for number in range(4)]

    assert [True, True, False, False] == [present(CLOSED[2]).lack(each, newest) for each in commits]
    waits = present(waiting_file(MIDS, 3))
    assert [True, True, False, False] == [waits.lack(each, newest) for each in commits]
