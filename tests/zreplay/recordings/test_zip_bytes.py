"""The one file of an archive is read as if it was not packed, or it is said why not."""

import gzip
import zipfile
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.zip_bytes import ZipBytes

TEXT = b"".join(b"line %d of the text\n" % number for number in range(200_000))


def archive(path: Path, members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_any_place_is_what_lies_there(packing: int, tmp_path: Path) -> None:
    reader = ZipBytes(archive(tmp_path / "a.zip", {"folder/": b"", "a.csv": TEXT}, packing))

    for offset, size in ((0, 10), (5, 3_000_000), (2_900_000, 100), (7, 0), (len(TEXT) - 5, 50)):
        found = reader.read(offset, size)
        assert TEXT[offset : offset + size] == found.data
        assert (offset + size > len(TEXT)) == found.is_last
    assert (0.0, 1.0) == (reader.share(0), reader.share(len(TEXT)))
    reader.close()


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({}, "holds 0 files"),
        ({"a.csv": b"1", "b.csv": b"2"}, "holds 2 files"),
        ({"a.csv.gz": gzip.compress(b"1")}, "compressed itself"),
    ],
)
def test_what_is_not_one_plain_file_is_refused(
    members: dict[str, bytes], words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=words) as refused:
        ZipBytes(archive(tmp_path / "a.zip", members))

    assert "Z402" == refused.value.code


def test_a_cut_archive_is_damaged(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.csv": TEXT})
    path.write_bytes(path.read_bytes()[:-30])

    with pytest.raises(InputError, match="cannot be read") as refused:
        ZipBytes(path)
    assert "Z408" == refused.value.code


def test_before_damage_whole_lines_are_given_and_then_it_is_said(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.csv": TEXT}, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[1_000_000] ^= 1  # only the checksum at the end shows it
    path.write_bytes(content)
    reader = ZipBytes(path)

    offset = 0
    with pytest.raises(InputError, match="cannot be read"):
        while found := reader.read(offset, 500_000):
            assert found.data.endswith(b"\n") or len(found.data) == 500_000
            offset += len(found.data)
    assert offset > 2_000_000
    reader.close()


def test_a_recording_in_an_archive_is_one(tmp_path: Path) -> None:
    rows = b"timestamp,ticker,ask_price,bid_price\n2025-10-02 00:00:00,A,2,1\n"
    recording = open_recording(archive(tmp_path / "a.zip", {"a.csv": rows}), 0)

    assert isinstance(recording, CsvFile)
    unparsed = recording.cut(1000)
    assert unparsed is not None
    assert [2.0] == unparsed().source.block.ask_price.tolist()
    recording.close()
