"""Every kind of recording has the shape of one."""

from pathlib import Path

import pytest

from zreplay.sources.csv_file import CsvFile
from zreplay.sources.recording import Recording


@pytest.mark.parametrize("kind", [CsvFile])
def test_a_kind_is_a_recording(kind: type) -> None:
    recording: Recording = kind(Path("a"), 0)

    assert ("a", 0, 0, 0.0) == (
        recording.name,
        recording.size_bytes,
        recording.place.offset,
        recording.share(5),
    )
