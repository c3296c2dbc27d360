"""The segments of a folder are one capture without a hole, or what is wrong is named."""

from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.live.capture_groups import group_of
from zreplay.live.capture_records import Captured, RecordKind, packed
from zreplay.live.segment_files import all_in, first_record_ns, leftovers_in, place_head
from zreplay.live.segment_head import HEAD_BYTES, Dropped, SegmentHead, name_of

ID = b"capture-"


def place(
    folder: Path, begin: int, end: int, capture_id: bytes = ID, dropped: Dropped | None = None
) -> Path:
    path = folder / name_of(begin)
    place_head(path, SegmentHead(capture_id, begin, HEAD_BYTES, dropped))
    with path.open("ab") as file:
        file.write(bytes(0 if dropped else end - begin))
    return path


def test_segments_are_found_in_order_with_their_lengths(tmp_path: Path) -> None:
    place(tmp_path, 100, 250)
    place(tmp_path, 0, 100)

    assert [(0, 100), (100, 250)] == [each.segment[:2] for each in all_in(tmp_path)]
    assert [] == leftovers_in(tmp_path)


def test_what_a_drop_covers_is_left_out_though_it_is_there(tmp_path: Path) -> None:
    place(tmp_path, 0, 300, dropped=Dropped(300, 1, 2))
    place(tmp_path, 100, 200)
    place(tmp_path, 200, 300)
    place(tmp_path, 300, 310)

    assert [(0, 300), (300, 310)] == [each.segment[:2] for each in all_in(tmp_path)]


def test_a_missing_segment_and_one_of_another_capture_are_named(tmp_path: Path) -> None:
    place(tmp_path, 0, 100)
    other = place(tmp_path, 100, 200, b"another-")
    with pytest.raises(InputError, match="it is of another capture"):
        all_in(tmp_path)
    other.unlink()
    place(tmp_path, 200, 300)
    with pytest.raises(InputError, match="bytes 100 to 200 are missing"):
        all_in(tmp_path)


def test_a_segment_that_was_renamed_is_named(tmp_path: Path) -> None:
    place(tmp_path, 100, 200).rename(tmp_path / name_of(0))

    with pytest.raises(InputError, match="its head says that it begins at 100"):
        all_in(tmp_path)


def test_a_head_that_cannot_be_placed_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place(tmp_path, 0, 100)
    before = path.read_bytes()

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        place_head(path, SegmentHead(ID, 0), is_durable=True)

    assert [before] == [each.read_bytes() for each in tmp_path.iterdir()]


def test_when_the_first_record_of_a_segment_came_is_in_it(tmp_path: Path) -> None:
    path = place(tmp_path, 0, 0)
    assert first_record_ns(path) is None
    with path.open("ab") as file:
        file.write(group_of(packed(Captured(RecordKind.MESSAGE, 77, b"{}"))))

    assert 77 == first_record_ns(path)
    assert first_record_ns(tmp_path / name_of(9)) is None
