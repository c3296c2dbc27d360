"""What was interrupted is finished, whatever step it was; nothing is lost by that."""

from pathlib import Path

from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.capture_recovery import recover
from zreplay.live.segment_book import CaptureRules
from zreplay.live.segment_files import all_in, place_head
from zreplay.live.segment_head import HEAD_BYTES, Dropped, SegmentHead, name_of

RULES = CaptureRules(1 << 30, most_segment_bytes=100)


def write(folder: Path, count: int) -> list[int]:
    """Return where the segments begin: each has one message."""
    writer = CaptureWriter(folder, RULES)
    for number in range(count):
        assert writer.append([Captured(RecordKind.MESSAGE, number, bytes(60), 7)]) is None
    writer.close()
    return [each.segment.begin for each in all_in(folder)]


def test_a_drop_is_finished_once_it_was_recorded_and_void_before(tmp_path: Path) -> None:
    begins = write(tmp_path, 5)
    capture_id = all_in(tmp_path)[0].head.capture_id
    what = Dropped(begins[3], 1, 2)
    head = SegmentHead(capture_id, begins[1], HEAD_BYTES, what)
    (tmp_path / f"{name_of(begins[1])}.tmp").write_bytes(head.pack())
    assert begins == [each.segment.begin for each in recover(tmp_path).segments]
    assert 5 == len([*tmp_path.iterdir()])

    place_head(tmp_path / name_of(begins[1]), head)
    for _ in range(2):
        segments = recover(tmp_path).segments
        kept = [begins[0], begins[1], begins[3], begins[4]]
        assert kept == [each.segment.begin for each in segments]
        assert kept == [int(path.stem) for path in sorted(tmp_path.iterdir())]
        assert what == segments[1].head.dropped


def test_the_newest_record_is_known_though_its_segment_is_not_the_newest(tmp_path: Path) -> None:
    write(tmp_path, 2)
    last = all_in(tmp_path)[-1]
    place_head(
        tmp_path / name_of(last.segment.end), SegmentHead(last.head.capture_id, last.segment.end)
    )

    recovered = recover(tmp_path)

    assert (1, 7) == (recovered.last and recovered.last.recv_ns, recovered.greatest_connection)
    assert last.segment.end == recovered.segments[-1].segment.begin


def test_a_capture_that_ends_with_what_was_dropped_goes_on_behind_it(tmp_path: Path) -> None:
    begins = write(tmp_path, 3)
    capture_id = all_in(tmp_path)[0].head.capture_id
    head = SegmentHead(capture_id, begins[1], HEAD_BYTES, Dropped(1_000, 1, 2))
    place_head(tmp_path / name_of(begins[1]), head)

    writer = CaptureWriter(tmp_path, RULES)
    assert 1_000 == writer.end_offset
    assert writer.append([Captured(RecordKind.MESSAGE, 9, b"{}")]) is None
    writer.close()

    assert [begins[0], begins[1], 1_000] == [each.segment.begin for each in all_in(tmp_path)]
