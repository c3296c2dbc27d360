"""What a message says of its size is what pyarrow makes of it."""

import io

import pyarrow as pa
import pytest

from zreplay.recordings.arrow_message import DICTIONARY, RECORD_BATCH, footer_of, message_of

BATCH = pa.record_batch(
    {
        "n": pa.array(range(1000), pa.int64()),
        "text": pa.array(["a" * (n % 50) for n in range(1000)]),
        "name": pa.array([f"T{n % 7}" for n in range(1000)]).dictionary_encode(),
        "list": pa.array([[n] * (n % 3) for n in range(1000)]),
    }
)


def stream(compression: str | None) -> pa.BufferReader:
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, BATCH.schema, options=options) as writer:
        writer.write_batch(BATCH)
    return pa.BufferReader(sink.getvalue())


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_kinds_bodies_and_compressed_buffers_are_those_that_pyarrow_reads(
    compression: str | None,
) -> None:
    source = stream(compression)
    messages = [pa.ipc.read_message(source) for _ in range(3)]
    found = [message_of(message.metadata.to_pybytes()) for message in messages]

    assert ["schema", "dictionary", "record batch"] == [message.type for message in messages]
    assert [1, DICTIONARY, RECORD_BATCH] == [each.kind for each in found]
    bodies = [0 if message.body is None else message.body.size for message in messages]
    assert bodies == [each.body_bytes for each in found]
    assert [None, 0, None] == [each.dictionary for each in found]
    if compression is None:
        assert [(), (), ()] == [each.buffers for each in found]
        return
    body = messages[2].body.to_pybytes()
    sizes = [int.from_bytes(body[at : at + 8], "little", signed=True) for at in found[2].buffers]
    unpacked = sum(size if size >= 0 else 0 for size in sizes)
    assert unpacked >= BATCH.column("n").nbytes
    assert unpacked <= BATCH.nbytes


def test_a_footer_names_the_messages_of_a_file() -> None:
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, BATCH.schema) as writer:
        for _ in range(3):
            writer.write_batch(BATCH)
    data = sink.getvalue()
    size_bytes = int.from_bytes(data[-10:-6], "little")
    footer = footer_of(data[-10 - size_bytes : -10])

    assert (1, 3) == (len(footer.dictionaries), len(footer.batches))
    for block in (*footer.dictionaries, *footer.batches):
        message = pa.ipc.read_message(pa.BufferReader(data[block.offset :]))
        assert message.metadata.size + 8 == block.head_bytes


def test_metadata_cut_off_or_changed_anywhere_is_read_or_refused() -> None:
    source = stream("zstd")
    messages = [pa.ipc.read_message(source).metadata.to_pybytes() for _ in range(3)]
    for data in messages:
        for at in range(len(data)):
            for changed in (data[:at], data[:at] + b"\xff\xff" + data[at + 2 :]):
                try:
                    message_of(changed)
                    footer_of(changed)
                except ValueError as error:
                    assert str(error)  # noqa: PT017  # some of them are read all the same
