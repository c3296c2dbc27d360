"""An Arrow file or stream is the quotes of the same table as Parquet, from any row on."""

from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pyarrow.feather as pa_feather
import pyarrow.parquet as pa_parquet
import pytest

from protocol.errors import InputError
from tests.zreplay.recordings.csv.csv_lines import quotes_of
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.arrow_file import ArrowFile
from zreplay.recordings.parquet_columns import BYTES_A_ROW
from zreplay.recordings.recording import Recording
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.source_block import FilePlace

COUNT = 1_000
SECOND_NS = 10**9
BEGIN_NS = 1_759_363_200 * SECOND_NS
TABLE = pa.table(
    {
        "ignored": [[1, 2]] * COUNT,
        "timestamp": pa.array(
            [BEGIN_NS + number * SECOND_NS for number in range(COUNT)], pa.timestamp("ns")
        ),
        "ticker": pa.array([f"T{number % 7}" for number in range(COUNT)]).dictionary_encode(),
        "ask_price": [2.0 if number % 100 else float("nan") for number in range(COUNT)],
        "bid_price": pa.array([1.0 if number % 9 else None for number in range(COUNT)]),
        "latency": [5.0] * COUNT,
    }
)


def as_file(table: pa.Table, path: Path) -> None:
    with pa.ipc.new_file(str(path), table.schema) as file:
        for batch in table.to_batches(max_chunksize=70):
            file.write_batch(batch)


def as_stream(table: pa.Table, path: Path) -> None:
    with pa.ipc.new_stream(str(path), table.schema) as stream:
        for batch in table.to_batches(max_chunksize=70):
            stream.write_batch(batch)


def as_feather(table: pa.Table, path: Path) -> None:
    pa_feather.write_feather(table, str(path), compression="zstd", chunksize=300)


FORMS = {"a.arrow": as_file, "a.arrows": as_stream, "a.feather": as_feather}


@pytest.fixture(params=FORMS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / request.param
    form: Callable[[pa.Table, Path], None] = FORMS[path.name]
    form(TABLE, path)
    return path


def read(file: Recording, rows: int = 200) -> tuple[list[tuple[object, ...]], list[Rejection]]:
    quotes, rejections = [], []
    while (unparsed := file.cut(rows * BYTES_A_ROW)) is not None:
        source, refused = unparsed()
        quotes += quotes_of(source.block)
        rejections += [each._replace(file="") for each in refused]
    return quotes, rejections


@pytest.mark.parametrize("rows", [1, 64, 5_000])
def test_the_quotes_are_those_of_the_same_table_as_parquet(path: Path, rows: int) -> None:
    other = path.with_name("a.parquet")
    pa_parquet.write_table(TABLE, other)
    file = open_recording(path, 1)

    assert isinstance(file, ArrowFile)
    found = read(file, rows)
    assert read(open_recording(other, 1)) == found
    assert (990, 10) == tuple(map(len, found))


def test_from_each_place_that_it_gave_the_rest_is_the_same(path: Path) -> None:
    file = open_recording(path, 0)
    whole = read(file)
    file.seek(FilePlace(0, None))
    places = [file.place]
    while file.cut(90 * BYTES_A_ROW) is not None:
        places.append(file.place)

    assert FilePlace(COUNT, None) == places[-1]
    for place in places:
        file.seek(place)
        quotes, rejections = read(file)
        assert whole[0][len(whole[0]) - len(quotes) :] == quotes
        assert [each for each in whole[1] if each.offset >= place.offset] == rejections


def test_the_first_arrival_is_found_and_the_place_is_the_beginning_again(path: Path) -> None:
    file = open_recording(path, 0)

    assert (BEGIN_NS + SECOND_NS + 5_000_000, None) == file.ends()
    assert FilePlace(0, None) == file.place


def test_opened_again_it_gives_the_same(path: Path) -> None:
    file = ArrowFile(path, 0)
    first = read(file)
    for _ in range(2):
        file.close()

        assert first == read(file)


def test_the_share_grows_to_all_of_it(path: Path) -> None:
    file = open_recording(path, 0)
    shares = [file.share(file.place.offset)]
    while file.cut(50 * BYTES_A_ROW) is not None:
        shares.append(file.share(file.place.offset))

    assert 0.0 == shares[0]
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert shares[-1] > 0.5


@pytest.mark.parametrize("form", [as_file, as_stream])
def test_damage_ends_the_file_behind_the_batches_before_it(
    form: Callable[[pa.Table, Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "a"
    form(TABLE, path)
    data = bytearray(path.read_bytes())
    if form is as_stream:
        data = data[: len(data) * 2 // 3]
    else:
        data[len(data) // 2 : len(data) // 2 + 4_000] = b"\x00" * 4_000
    path.write_bytes(data)
    file = open_recording(path, 0)
    count = 0
    with pytest.raises(InputError) as error:
        while (unparsed := file.cut(64 * BYTES_A_ROW)) is not None:
            count += len(unparsed().source.block)
    assert "Z408" == error.value.code
    assert 300 < count < 700
    with pytest.raises(InputError):
        file.cut(64 * BYTES_A_ROW)


@pytest.mark.parametrize("form", [as_file, as_stream])
def test_texts_that_would_lead_out_of_their_batch_end_the_file_before_it(
    form: Callable[[pa.Table, Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "a"
    texts = TABLE["ticker"].cast(pa.string())
    form(TABLE.drop("ignored").set_column(1, "ticker", texts), path)
    offsets = b"".join(number.to_bytes(4, "little") for number in (0, 2, 4, 6))
    before, *batches = path.read_bytes().split(offsets)
    batches[4] = batches[4].replace((14).to_bytes(4, "little"), b"\xff\xff\xff\x6f", 1)
    path.write_bytes(offsets.join([before, *batches]))
    file = open_recording(path, 0)
    with pytest.raises(InputError, match="the data is damaged after row 280"):
        while (unparsed := file.cut(1 << 20)) is not None:
            unparsed()

    assert 280 == file.place.offset


@pytest.mark.parametrize("data", [b"ARROW1\x00\x00", b"\xff\xff\xff\xff", b"FEA1" + bytes(90)])
def test_what_only_begins_like_one_is_damaged(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    path.write_bytes(data)

    with pytest.raises(InputError, match="is not a complete Arrow file") as error:
        open_recording(path, 0)
    assert "Z408" == error.value.code


@pytest.mark.parametrize("form", [as_file, as_stream, as_feather])
def test_the_rows_before_a_batch_that_no_memory_should_hold_are_read(
    form: Callable[[pa.Table, Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "a.arrow"
    form(TABLE, path)
    file = open_recording(path, 0)
    first = file.cut(1)
    assert first is not None
    with patch("zreplay.recordings.arrow_bounds.LARGEST_BATCH_BYTES", 100):
        for _ in range(2):  # what has failed once fails again
            with pytest.raises(InputError, match="a batch of it would take") as error:
                while file.cut(1 << 20) is not None:
                    pass
    assert "Z402" == error.value.code
    assert file.place.offset in (70, 300)


def test_without_a_row_it_is_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    as_file(TABLE.slice(0, 0), path)
    file = open_recording(path, 0)

    assert (None, (None, None)) == (file.cut(1_000), file.ends())
