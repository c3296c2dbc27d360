"""Where a capture is and whether it has anything is told by names and lengths."""

from pathlib import Path

import pytest

from zreplay.live.capture_folder import capture_in, files_of, has_quotes, is_capture
from zreplay.live.segment_head import HEAD_BYTES, ONE_FILE_HEAD_BYTES, name_of


def test_a_capture_is_a_folder_with_segments_or_in_one_that_has_it(tmp_path: Path) -> None:
    capture = tmp_path / "capture"
    assert [None, False] == [capture_in(tmp_path), is_capture(capture)]
    capture.mkdir()
    (capture / "notes").touch()
    assert capture_in(tmp_path) is None
    for begin in (700, 0):
        (capture / name_of(begin)).touch()

    assert [capture, capture] == [capture_in(tmp_path), capture_in(capture)]
    assert [capture / name_of(0), capture / name_of(700)] == files_of(capture)
    assert not is_capture(capture / "notes")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, False),
        ({"capture.log": ONE_FILE_HEAD_BYTES}, False),
        ({"capture.log": ONE_FILE_HEAD_BYTES + 1}, True),
        ({f"capture/{name_of(0)}": HEAD_BYTES}, False),
        ({f"capture/{name_of(0)}": HEAD_BYTES + 1}, True),
        ({f"capture/{name_of(100)}": HEAD_BYTES, f"capture/{name_of(0)}": HEAD_BYTES}, True),
    ],
)
def test_what_is_more_than_heads_is_captured(
    tmp_path: Path, files: dict[str, int], expected: bool
) -> None:
    (tmp_path / "capture").mkdir()
    for name, size_bytes in files.items():
        (tmp_path / name).write_bytes(bytes(size_bytes))

    assert expected == has_quotes(tmp_path)
