"""Every kind of recording has the shape of one."""

from pathlib import Path

import pytest

from zreplay.recordings.capture_file import CaptureFile
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.parquet_file import ParquetFile
from zreplay.recordings.recording import Recording


@pytest.mark.parametrize("kind", [CaptureFile, CsvFile, ParquetFile])
def test_a_kind_is_a_recording(kind: type) -> None:
    recording: Recording = kind(Path("a"), 0)

    assert ("a", 0, 0, 0.0) == (
        recording.name,
        recording.size_bytes,
        recording.place.offset and 0,
        recording.share(0),
    )
