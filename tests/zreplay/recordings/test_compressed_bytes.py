"""A compressed file yields the bytes of the plain one, and damage shows after all that is good."""

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.errors import InputError
from tests.zreplay.recordings.exact_members import (
    checked_zstd,
    gunzipped,
    in_members,
    skippable,
    unzstd,
)
from zreplay.recordings import compressed_bytes
from zreplay.recordings.compressed_bytes import CompressedBytes
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.members import GZIP, ZSTD, Codec

Compress = Callable[[bytes], bytes]


def zstd(data: bytes) -> bytes:
    compressed: bytes = pa.compress(data, codec="zstd", asbytes=True)
    return compressed


CODECS = {"gzip": gzip.compress, "zstd": zstd}
OF_NAME = {"gzip": GZIP, "zstd": ZSTD}
# Hardly to be compressed, so that damage shows where it is.
LINES = [b"%d\n" % number for number in random.Random(1).choices(range(10**9), k=20_000)]
CONTENT = b"".join(LINES)


def reader_of(folder: Path, codec: str, compressed: bytes) -> CompressedBytes:
    (folder / "a").write_bytes(compressed)
    return CompressedBytes(folder / "a", OF_NAME[codec])


def read_all(reader: CompressedBytes, most_bytes: int, offset: int = 0) -> bytes:
    """Read from an offset to the end, whatever is given at once."""
    pieces = []
    is_last = False
    while not is_last:
        data, is_last = reader.read(offset, most_bytes)
        pieces.append(data)
        offset += len(data)
    reader.close()
    return b"".join(pieces)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("most_bytes", [1000, 65_536, 10**7])
def test_all_members_are_read_as_one(tmp_path: Path, codec: str, most_bytes: int) -> None:
    compressed = CODECS[codec](CONTENT) + CODECS[codec](b"") + CODECS[codec](CONTENT[:999])

    assert CONTENT + CONTENT[:999] == read_all(reader_of(tmp_path, codec, compressed), most_bytes)


@pytest.fixture(scope="module", params=CODECS)
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    codec = request.param
    reader = reader_of(tmp_path_factory.mktemp("a"), codec, CODECS[codec](CONTENT))
    yield reader
    reader.close()


@given(st.lists(st.tuples(st.integers(0, len(CONTENT)), st.integers(1, 5000))))
def test_any_place_can_be_read_after_any_other(
    reader: CompressedBytes, places: list[tuple[int, int]]
) -> None:
    for offset, most_bytes in places:
        data, is_last = reader.read(offset, most_bytes)

        assert CONTENT[offset : offset + most_bytes] == data
        assert not is_last or offset + most_bytes >= len(CONTENT)


@pytest.mark.parametrize("codec", CODECS)
def test_the_way_to_a_far_place_is_made_in_steps(
    tmp_path: Path, codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressed_bytes, "SKIPPED_AT_ONCE_BYTES", 10_000)
    monkeypatch.setattr(compressed_bytes, "CHUNK_BYTES", 1000)
    reader = reader_of(tmp_path, codec, CODECS[codec](CONTENT))

    stretches = [reader.read(35_000, 100) for _ in range(4)]
    reader.close()

    assert [b"", b"", b"", CONTENT[35_000:35_100]] == [data for data, _ in stretches]
    assert not any(is_last for _, is_last in stretches)


def damaged(compressed: bytes) -> bytes:
    middle = len(compressed) // 2
    return compressed[:middle] + bytes(8) + compressed[middle + 8 :]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("most_bytes", [3000, 10**7])
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda data: data[:-100], "is cut off"),
        (lambda data: data[:-1], "is cut off"),
        (lambda data: data + b"\x1f\x8b", "after byte"),
        (damaged, "damaged"),
    ],
    ids=["the end is missing", "a byte is missing", "junk behind", "damaged"],
)
def test_whole_lines_before_the_damage_come_and_then_it_is_named(
    tmp_path: Path, codec: str, most_bytes: int, harm: Compress, said: str
) -> None:
    if codec == "zstd" and harm is damaged:
        pytest.skip("what pyarrow compresses with zstd has no checksum")
    reader = reader_of(tmp_path, codec, harm(CODECS[codec](CONTENT)))
    read = b""
    with pytest.raises(InputError, match=said) as error:
        while True:
            read += reader.read(len(read), most_bytes)[0]
    reader.close()

    # A checksum comes last: what is behind a changed byte was given before it was known.
    assert harm is damaged or CONTENT.startswith(read)
    assert ("Z408", True) == (error.value.code, str(tmp_path / "a") in error.value.what)


def test_no_half_row_before_the_damage_is_taken_for_a_row(tmp_path: Path) -> None:
    header = b"timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency,index\n"
    rows = [b"2025-10-02 00:00:00,T,1,1,1,1,1,%s" % line for line in LINES]
    (tmp_path / "a").write_bytes(gzip.compress(header + b"".join(rows))[:-100])
    file = CsvFile(tmp_path / "a", 0, open_reader=lambda path: CompressedBytes(path, GZIP))
    indexes: list[int] = []
    with pytest.raises(InputError, match="is cut off"):
        while (unparsed := file.cut(5000)) is not None:
            source, rejections = unparsed()
            indexes += source.block.index.tolist()
            assert [] == rejections
    file.close()

    assert list(map(int, LINES))[: len(indexes)] == indexes
    assert len(indexes) > 10_000


@pytest.mark.parametrize("codec", CODECS)
def test_a_place_behind_the_end_is_of_another_file(tmp_path: Path, codec: str) -> None:
    reader = reader_of(tmp_path, codec, CODECS[codec](b"short"))

    with pytest.raises(InputError, match="before byte 100 "):
        reader.read(100, 10)
    reader.close()


@pytest.mark.parametrize("codec", CODECS)
def test_the_share_grows_to_all_of_it(tmp_path: Path, codec: str) -> None:
    reader = reader_of(tmp_path, codec, CODECS[codec](CONTENT))
    assert 0.0 == reader.share(0)
    read_all(reader, 10_000)

    assert 1.0 == pytest.approx(reader.share(len(CONTENT)), abs=0.01)
    assert 0.5 == pytest.approx(reader.share(len(CONTENT) // 2), abs=0.01)


SHORT = b"\n" + b"".join(LINES[:60])
SHORT_GZ = in_members(SHORT, gzip.compress, bytes(3), seed=1) + bytes(9)
SHORT_ZST = skippable(b"x") + in_members(SHORT, checked_zstd, skippable(b"-"), seed=2)
# Where there is no build of isal, zlib stands in its place.
HARMED = {
    "gzip": (gunzipped, GZIP, SHORT_GZ),
    "gzip without isal": (gunzipped, GZIP._replace(begin=GZIP.begin_exact), SHORT_GZ),
    "zstd": (unzstd, ZSTD, SHORT_ZST),
}


def lines_of(path: Path, codec: Codec, most_bytes: int, offset: int) -> tuple[bytes, bool]:
    """Return whole lines from an offset on as a CSV is read, and whether the file ends well."""
    reader = CompressedBytes(path, codec)
    content, is_last = b"", False
    try:
        while not is_last:
            wanted = most_bytes
            while True:
                data, is_last = reader.read(offset + len(content), wanted)
                end = len(data) if is_last else data.rfind(b"\n") + 1
                if end or not data:
                    break
                wanted *= 2
            content += data[:end]
    except InputError as error:
        assert "Z408" == error.code
    reader.close()
    return content, is_last


def assert_all_lines_come(path: Path, kind: str, harmed: bytes, most_bytes: int) -> None:
    """From the beginning and from any line: a resume is cut into other pieces."""
    exact, codec, _ = HARMED[kind]
    path.write_bytes(harmed)
    everything = exact(harmed)
    content, is_whole = lines_of(path, codec, most_bytes, 0)
    lines = everything if is_whole else everything[: everything.rfind(b"\n") + 1]

    assert not_blank(lines) == not_blank(content)
    for place in {0, content.find(b"\n") + 1, content.rfind(b"\n", 0, -1) + 1, len(content)}:
        rest = lines_of(path, codec, most_bytes, place)
        assert (not_blank(content[place:]), is_whole) == (not_blank(rest[0]), rest[1])


def not_blank(content: bytes) -> list[bytes]:
    return [line for line in content.split(b"\n") if line.strip(b"\r")]


@pytest.mark.slow
@pytest.mark.parametrize("kind", HARMED)
@pytest.mark.parametrize("most_bytes", [64, 10**6])
def test_cut_off_at_any_byte_all_whole_lines_come_from_anywhere(
    tmp_path: Path, kind: str, most_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressed_bytes, "PIECE_BYTES", 50)
    compressed = HARMED[kind][2]

    for end in range(2, len(compressed)):
        assert_all_lines_come(tmp_path / "a", kind, compressed[:end], most_bytes)
    assert (SHORT, True) == lines_of_whole(tmp_path / "a", kind, most_bytes)


def lines_of_whole(path: Path, kind: str, most_bytes: int) -> tuple[bytes, bool]:
    path.write_bytes(HARMED[kind][2])
    return lines_of(path, HARMED[kind][1], most_bytes, 0)


@pytest.mark.parametrize("kind", ["gzip without isal", "zstd"])
@given(data=st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_at_any_byte_all_whole_lines_come_from_anywhere(
    tmp_path: Path, kind: str, data: st.DataObject
) -> None:
    harmed = bytearray(HARMED[kind][2])
    for _ in range(data.draw(st.integers(1, 3))):
        harmed[data.draw(st.integers(4, len(harmed) - 1))] = data.draw(st.integers(0, 255))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compressed_bytes, "PIECE_BYTES", data.draw(st.sampled_from([1, 50, 10**5])))
        most_bytes = data.draw(st.sampled_from([64, 10**6]))
        assert_all_lines_come(tmp_path / "a", kind, bytes(harmed), most_bytes)


@given(data=st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_isal_gives_the_same_of_a_damaged_file_from_anywhere(
    tmp_path: Path, data: st.DataObject
) -> None:
    harmed = bytearray(SHORT_GZ)
    harmed[data.draw(st.integers(4, len(harmed) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "a"
    path.write_bytes(bytes(harmed))

    content, is_whole = lines_of(path, GZIP, 10**6, 0)

    # isal may take a code table that zlib refuses: what comes then is still the same each time.
    for place in (0, content.find(b"\n") + 1, len(content)):
        rest = lines_of(path, GZIP, 64, place)
        assert (not_blank(content[place:]), is_whole) == (not_blank(rest[0]), rest[1])


@pytest.mark.parametrize("place", [11, 14])
def test_a_code_table_that_only_isal_takes_gives_no_rows_with_it_either(
    tmp_path: Path, place: int
) -> None:
    harmed = bytearray(gzip.compress(b"".join(b"%d\n" % (n * 7919 % 1000) for n in range(300))))
    for value in range(256):
        harmed[place] = value
        (tmp_path / "a").write_bytes(harmed)
        content = gunzipped(harmed)

        found, is_whole = lines_of(tmp_path / "a", GZIP, 10**6, 0)

        assert is_whole or content[: content.rfind(b"\n") + 1] == found


@pytest.mark.parametrize("codec", CODECS)
def test_a_damaged_file_is_read_again_in_steps_too(
    tmp_path: Path, codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressed_bytes, "SKIPPED_AT_ONCE_BYTES", 10_000)
    for name in ("CHUNK_BYTES", "PIECE_BYTES"):
        monkeypatch.setattr(compressed_bytes, name, 1000)
    reader = reader_of(tmp_path, codec, CODECS[codec](CONTENT)[:-100])
    read, empty = b"", 0
    with pytest.raises(InputError, match="is cut off"):
        while True:
            data, _ = reader.read(len(read), 3000)
            read += data
            empty += not data
    reader.close()

    assert CONTENT.startswith(read)
    assert 10 < empty < 100


def test_what_is_no_gzip_behind_the_last_member_is_named_behind_all_its_rows(
    tmp_path: Path,
) -> None:
    reader = reader_of(tmp_path, "gzip", gzip.compress(CONTENT) + b"and a note")

    assert (CONTENT, False) == reader.read(0, 10**7)
    with pytest.raises(InputError, match=f"damaged after byte {len(CONTENT)} "):
        reader.read(len(CONTENT), 10**7)
    reader.close()


def test_blank_lines_before_the_damage_are_not_waited_behind(tmp_path: Path) -> None:
    for start in (b"\n\r\n", b"\xef\xbb\xbf\n"):
        content = start + b"timestamp,ticker"
        file = tmp_path / "a"
        file.write_bytes(gzip.compress(content)[:-4])

        with pytest.raises(InputError, match="is cut off"):
            CsvFile(file, 0, open_reader=lambda path: CompressedBytes(path, GZIP)).open()


@pytest.mark.parametrize("codec", CODECS)
def test_what_stands_at_a_far_place_is_decompressed_once_and_of_this_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str
) -> None:
    monkeypatch.setattr(compressed_bytes, "FAR_BYTES", 1000)
    place, pieces = len(CONTENT) - 2000, []
    honest = CompressedBytes._decompress

    def decompress(self: CompressedBytes, most_bytes: int) -> bytes:
        pieces.append(honest(self, most_bytes))
        return pieces[-1]

    monkeypatch.setattr(CompressedBytes, "_decompress", decompress)
    compressed = CODECS[codec](CONTENT)
    first = read_all(reader_of(tmp_path, codec, compressed), 500, place)
    decompressed = sum(map(len, pieces))
    pieces.clear()
    second = read_all(CompressedBytes(tmp_path / "a", OF_NAME[codec]), 700, place)

    assert (CONTENT[place:], CONTENT[place:]) == (first, second)
    assert (len(CONTENT), []) == (decompressed, pieces)
    other = CONTENT[:-1] + b"x"
    assert other[place:] == read_all(reader_of(tmp_path, codec, CODECS[codec](other)), 500, place)
