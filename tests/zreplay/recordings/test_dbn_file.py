"""A DBN file is read from any place, says its damage, and needs nothing said of its format."""

from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
from backports import zstd

from protocol.errors import InputError, SettingsError
from tests.zreplay.recordings.csv.csv_lines import quotes_of
from tests.zreplay.recordings.dbn_bytes import BEGIN_NS, MBP1, TRADE, metadata, record
from tests.zreplay.recordings.exact_members import unzstd
from zreplay.recordings import compressed_bytes, kept_bytes
from zreplay.recordings.dbn_file import DbnFile
from zreplay.recordings.dbn_records import cut
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.recording import Recording
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.source_block import FilePlace

REAL = Path("/work/shared/data/files")
NAMES = [("ESU4", "118", date(2024, 7, 1), date(2024, 7, 3))]
HEAD = metadata(names=NAMES)
RECORDS = b"".join(record((MBP1, MBP1, TRADE)[n % 3], n) for n in range(3_000))


@pytest.fixture(params=["dbn", "dbn.zst"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"a.{request.param}"
    path.write_bytes(written(path, HEAD + RECORDS))
    return path


def written(path: Path, data: bytes) -> bytes:
    return zstd.compress(data) if path.suffix == ".zst" else data


def quotes(file: Recording, block_bytes: int = 1 << 20) -> list[tuple[object, ...]]:
    found = []
    while (unparsed := file.cut(block_bytes)) is not None:
        parsed = unparsed()
        assert not parsed.rejections
        found += quotes_of(parsed.source.block)
    return found


def test_a_file_is_told_by_its_first_bytes_compressed_or_not(path: Path) -> None:
    file = open_recording(path, 3)

    assert isinstance(file, DbnFile)
    assert file.layout is not None
    assert ("dbn", "local_timestamp", True) == (
        *(file.layout.format, file.layout.latency, file.layout.is_verified),
    )
    assert 2_000 == len(quotes(file))
    assert {"ESU4"} == {quote[-1] for quote in quotes(open_recording(path, 0))}


def test_from_each_place_that_it_gave_the_rest_is_the_same(path: Path) -> None:
    whole = quotes(open_recording(path, 0))
    file = open_recording(path, 0)
    places = [file.place]
    while file.cut(7_000) is not None:
        places.append(file.place)

    assert len(places) > 20
    for place in places[::5]:
        file.seek(place)
        rest = quotes(file)
        assert whole[len(whole) - len(rest) :] == rest
        if place == places[0]:
            assert whole == rest


def test_a_place_that_is_far_away_is_come_to_and_the_rest_is_there(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = quotes(open_recording(path, 0))
    file = open_recording(path, 0)
    for _ in range(6):
        assert file.cut(20_000) is not None
    place = file.place
    monkeypatch.setattr(compressed_bytes, "SKIPPED_AT_ONCE_BYTES", 10_000)
    other = open_recording(path, 0)
    other.seek(place)
    rest = quotes(other)

    assert rest and whole[len(whole) - len(rest) :] == rest
    assert len(rest) == sum(int(str(quote[0])) >= place.offset for quote in whole)


def test_the_first_arrival_is_found_and_the_place_is_the_beginning_again(path: Path) -> None:
    file = open_recording(path, 0)
    begin = file.place
    first, last = file.ends()

    assert (quotes(open_recording(path, 0))[0][1], None, begin) == (first, last, file.place)


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        (RECORDS[:40], "a record that was cut off"),
        (b"\x00" * 100, "is no record"),
        (b"timestamp,ticker\n" * 10, "is no record"),
    ],
)
def test_damage_ends_the_file_behind_all_that_came_before_it(
    path: Path, rest: bytes, words: str
) -> None:
    path.write_bytes(written(path, HEAD + RECORDS + rest))
    file = open_recording(path, 0)
    found = []
    with pytest.raises(InputError, match=words) as error:
        while (unparsed := file.cut(50_000)) is not None:
            found += quotes_of(unparsed().source.block)

    assert (2_000, "Z408") == (len(found), error.value.code)


@pytest.mark.parametrize("share", [0.999, 0.8, 0.5, 0.3])
def test_of_a_zst_that_is_cut_off_all_whole_records_come_then_the_damage(
    tmp_path: Path, share: float
) -> None:
    path, data = tmp_path / "a.dbn.zst", HEAD + RECORDS
    frames = [zstd.compress(data[at : at + 9_999]) for at in range(0, len(data), 9_999)]
    whole = b"".join(frames)
    path.write_bytes(whole[: int(len(whole) * share)])
    data = unzstd(path.read_bytes())
    starts = cut(data[len(HEAD) :]).starts.tolist()
    expected = sum(data[len(HEAD) + at + 1] == MBP1 for at in starts)
    for block_bytes in (3_000, 1 << 20):
        file, found = open_recording(path, 0), 0
        with pytest.raises(InputError, match="cut off after byte") as error:
            while (unparsed := file.cut(block_bytes)) is not None:
                found += len(unparsed().source.block)

        assert (expected, "Z408") == (found, error.value.code)


def test_a_stretch_that_is_kept_and_ends_within_a_record_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressed_bytes, "FAR_BYTES", 1_000)
    monkeypatch.setattr(kept_bytes, "MOST_BYTES", 9_999)
    path = tmp_path / "a.dbn.zst"
    # A byte of every time is a line feed.
    records = b"".join(record(MBP1, n, ts_recv=BEGIN_NS // 256 * 256 + 10) for n in range(3_000))
    path.write_bytes(zstd.compress(HEAD + records))
    whole = quotes(open_recording(path, 0))
    place = FilePlace(len(HEAD) + len(records) // 2, None)
    for _ in range(2):
        file = open_recording(path, 0)
        file.seek(place)
        assert whole[1_500:] == quotes(file, 2_000)


@pytest.mark.parametrize(
    "head", [HEAD[:5], HEAD[:60], b"DBN\x01\xff\xff\xff\xff", b"DBN\x63" + HEAD[4:]]
)
def test_metadata_that_cannot_be_read_is_damage(path: Path, head: bytes) -> None:
    path.write_bytes(written(path, head))

    with pytest.raises(InputError) as error:
        open_recording(path, 0)
    assert "Z408" == error.value.code


def test_nothing_can_be_said_of_its_format(path: Path) -> None:
    with pytest.raises(SettingsError, match="leave out|DBN") as error:
        open_recording(path, 0, FormatOptions(ticker="A"))
    assert "leave out --ticker" in str(error.value.fix)

    file = open_recording(path, 0, FormatOptions(latency="none"))
    assert all(quote[1] == quote[3] for quote in quotes(file))


def test_without_the_package_it_says_what_to_install(path: Path) -> None:
    with (
        patch.dict("sys.modules", {"databento_dbn": None}),
        pytest.raises(InputError, match="needs the package databento-dbn") as error,
    ):
        open_recording(path, 0)
    assert "zreplay[dbn]" in str(error.value.fix)


def test_a_real_file_is_what_databento_writes_of_it_as_csv() -> None:
    if not REAL.exists():
        pytest.skip("the real recording is not part of the project")
    ours = quotes(open_recording(REAL / "ES_futures_mbp-1.dbn.zst", 0))
    theirs = quotes(open_recording(REAL / "ES_futures_mbp-1.csv", 0))

    assert 2_288 == len(ours)
    assert [quote[1:] for quote in theirs] == [quote[1:] for quote in ours[: len(theirs)]]


def test_its_places_are_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.dbn"
    path.write_bytes(HEAD + record(MBP1) * 2)
    file = open_recording(path, 0)
    begin = file.place

    assert FilePlace(len(HEAD), None) == begin
    unparsed = file.cut(1)
    assert unparsed is not None
    source = unparsed().source
    assert (begin, FilePlace(len(HEAD) + 160, None)) == (source.start, source.end)
    assert [len(HEAD), len(HEAD) + 80] == source.row_offsets.tolist()
