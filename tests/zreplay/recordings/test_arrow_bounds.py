"""A batch that would become too large is refused before it is unpacked."""

import random
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pytest

from protocol.errors import InputError
from zreplay.recordings import arrow_bounds
from zreplay.recordings.arrow_bounds import ArrowBounds

ROWS = 100_000


def bomb(rows: int = ROWS) -> pa.RecordBatch:
    """Return what packs to next to nothing."""
    return pa.record_batch({"n": pa.array([0] * rows, pa.int64()), "s": ["a" * 20] * rows})


def written(path: Path, batches: list[pa.RecordBatch], compression: str | None = "zstd") -> Path:
    options = pa.ipc.IpcWriteOptions(compression=compression, emit_dictionary_deltas=True)
    new = pa.ipc.new_stream if path.suffix == ".arrows" else pa.ipc.new_file
    with new(str(path), batches[0].schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return path


def bounds(path: Path) -> ArrowBounds:
    return ArrowBounds(pa.OSFile(str(path), "r"), "a", is_stream=path.suffix == ".arrows")


@pytest.mark.parametrize("form", ["a.arrow", "a.arrows"])
@pytest.mark.parametrize("compression", ["zstd", "lz4", None])
def test_a_batch_is_refused_from_one_byte_too_many_on(
    form: str, compression: str | None, tmp_path: Path
) -> None:
    batch = bomb()
    path = written(tmp_path / form, [batch.slice(0, 10), batch], compression)
    needed = batch.get_total_buffer_size()
    found = bounds(path)
    with patch.object(arrow_bounds, "LARGEST_BATCH_BYTES", needed - 1):
        found.before(0)
        with pytest.raises(InputError, match="a batch of it would take") as error:
            found.before(1)
    assert "Z402" == error.value.code
    if compression is not None:
        assert path.stat().st_size * 5 < needed
    with patch.object(arrow_bounds, "LARGEST_BATCH_BYTES", 2 * needed):
        bounds(path).before(0)
        found.before(1)


@pytest.mark.parametrize("form", ["a.arrow", "a.arrows"])
def test_dictionaries_count_together_and_with_what_is_added_to_them(
    form: str, tmp_path: Path
) -> None:
    names = [[f"{'x' * 100}{n}" for n in range(more)] for more in (1_000, 2_000)]
    values = [pa.array(each) for each in names]
    schema = pa.schema({"d": pa.dictionary(pa.int32(), pa.string())})
    batches = [
        pa.record_batch([pa.DictionaryArray.from_arrays(pa.array([0], pa.int32()), each)], schema)
        for each in values
    ]
    path = written(tmp_path / form, batches)
    with (
        patch.object(arrow_bounds, "LARGEST_BATCH_BYTES", 150_000),
        pytest.raises(InputError, match="its dictionaries would take"),
    ):
        found = bounds(path)
        found.before(0)
        found.before(1)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("form", ["a.arrow", "a.arrows"])
def test_no_less_is_found_than_pyarrow_holds(form: str, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    rows = chance.choice([0, 1, 100, 5_000])
    columns = {
        "text": pa.array([chance.choice(["", "a", "b" * 99, None]) for _ in range(rows)], "string"),
        "flag": pa.array([chance.random() < 0.5 for _ in range(rows)], "bool"),
        "list": pa.array([[1] * chance.randrange(9) for _ in range(rows)], pa.list_(pa.int64())),
        "view": pa.array([chance.choice("ab") * 30 for _ in range(rows)], pa.string_view()),
        "none": pa.nulls(rows),
    }
    chosen = {name: columns[name] for name in chance.sample(sorted(columns), 3)}
    compression = chance.choice(["zstd", "lz4", None])
    path = written(tmp_path / form, [pa.record_batch(chosen)] * 3, compression)
    found: list[int] = []
    with patch.object(ArrowBounds, "_check", lambda _, what, held: found.append(held)):
        looked = bounds(path)
        for number in range(3):
            looked.before(number)
    read = pa.ipc.open_stream if form.endswith("s") else pa.ipc.open_file
    with read(str(path)) as reader:
        held = [batch.nbytes for batch in reader.read_all().to_batches(max_chunksize=None)]

    batch_sizes = [size for size in found if size][-3:] or [0]
    assert max(held, default=0) <= max(batch_sizes) + 64


def test_a_footer_that_says_otherwise_where_a_body_begins_is_damaged(tmp_path: Path) -> None:
    path = written(tmp_path / "a.arrow", [bomb(10)])
    looked = bounds(path)
    (block,) = looked._footer.batches
    looked._footer = looked._footer._replace(
        batches=(block._replace(head_bytes=block.head_bytes + 8),)
    )

    with pytest.raises(pa.ArrowInvalid, match="the footer says otherwise"):
        looked.before(0)
