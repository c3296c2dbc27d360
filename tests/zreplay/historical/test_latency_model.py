"""A model replaces latencies and arrivals as if the file had them, and nothing else."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.errors import SettingsError
from tests.reference import Quote
from tests.reference_selection import modelled
from tests.zreplay.example_quotes import make_block
from zreplay.historical.latency_model import LatencyModel
from zreplay.quotes.block import COLUMN_NAMES, Block
from zreplay.recordings.source_block import FilePlace, SourceBlock

INT64S = st.integers(-(2**63), 2**63 - 1)
MODELS = st.sampled_from(
    ["constant:5ms", "constant:0ns", "scale:2", "scale:0.1", "scale:-1", "scale:1000000000"]
    + ["shift:3ms", "shift:-1.5s", "shift:250us", "constant:99999999999s", "scale:0"]
)


def block_of(timestamps_ns: list[int], latencies_ms: list[float]) -> Block:
    return replace(
        make_block(timestamps_ns),
        timestamp_ns=np.array(timestamps_ns, np.int64),
        latency_ms=np.array(latencies_ms, np.float64),
    )


def source_of(block: Block) -> SourceBlock:
    offsets = block.position
    return SourceBlock(
        block, FilePlace(0, 1), FilePlace(99, None), offsets, np.arange(len(offsets))
    )


@given(st.lists(st.tuples(INT64S, st.floats(-9e9, 9e9)), max_size=20), MODELS)
def test_it_is_as_if_the_file_had_said_so(rows: list[tuple[int, float]], text: str) -> None:
    model = LatencyModel.parse(text, "--latency")
    assert model is not None
    block = block_of([time_ns for time_ns, _ in rows], [latency_ms for _, latency_ms in rows])
    quotes = [Quote(time_ns, latency_ms, 0, 1.0, 1.0, "") for time_ns, latency_ms in rows]
    expected = [modelled(quote, text) for quote in quotes]

    source, rejections = model.apply(source_of(block), "a.csv")

    assert [quote.arrival_ns for quote in expected if quote] == source.block.arrival_ns.tolist()
    assert [quote.latency_ms for quote in expected if quote] == source.block.latency_ms.tolist()
    places = [row for row, quote in enumerate(expected) if quote is None]
    assert [(row, row + 1) for row in places] == [(r.offset, r.line) for r in rejections]
    assert {"Z105"} >= {rejection.code for rejection in rejections}


@pytest.mark.parametrize("limit_ms", [math.ldexp(1.0, 63) / 1e6, -math.ldexp(1.0, 63) / 1e6])
def test_a_latency_of_64_bits_of_nanoseconds_is_refused_and_one_below_is_not(
    limit_ms: float,
) -> None:
    assert abs(limit_ms * 1e6) == 2.0**63
    model = LatencyModel.parse("scale:1", "--latency")
    assert model is not None
    below_ms = math.nextafter(limit_ms, 0.0)
    # Of these timestamps one could wait so long and still arrive within 64 bits.
    block = block_of([-5_000_000, 5_000_000] * 2, [limit_ms, limit_ms, below_ms, below_ms])

    source, rejections = model.apply(source_of(block), "a.csv")

    assert {0, 1} <= {rejection.offset for rejection in rejections}
    assert below_ms in source.block.latency_ms
    assert limit_ms not in source.block.latency_ms


def test_nothing_else_is_touched() -> None:
    block = block_of([1, 2], [3.0, 4.0])
    model = LatencyModel.parse("constant:5ms", "--latency")
    assert model is not None

    after = model.apply(source_of(block), "a")[0].block

    again = replace(after, latency_ms=block.latency_ms, arrival_ns=block.arrival_ns)
    for name in COLUMN_NAMES:
        np.testing.assert_array_equal(getattr(block, name), getattr(again, name))


@pytest.mark.parametrize(
    ("text", "kind", "value", "written"),
    [
        ("constant:5ms", "constant", 5.0, "constant:5.0ms"),
        (" Constant:0.005s", "constant", 5.0, "constant:5.0ms"),
        ("shift:-3ms", "shift", -3.0, "shift:-3.0ms"),
        ("shift:+250us", "shift", 0.25, "shift:0.25ms"),
        ("shift:1ns", "shift", 1e-6, "shift:1e-06ms"),
        ("scale:2", "scale", 2.0, "scale:2.0"),
    ],
)
def test_it_is_written_one_way_however_it_was_spelled(
    text: str, kind: str, value: float, written: str
) -> None:
    model = LatencyModel.parse(text, "--latency")

    assert LatencyModel(kind, value) == model
    assert written == str(model)


def test_the_recorded_latency_is_no_model() -> None:
    assert None is LatencyModel.parse("recorded", "--latency")


@pytest.mark.parametrize(
    "text",
    ["", "5ms", "constant", "constant:", "constant:ms", "scale:2ms", "scale:"]
    + ["shift:infs", "scale:nan", "scale:1e99", "other:5ms", "constant:5ms:6"],
)
def test_what_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        LatencyModel.parse(text, "--latency")
    assert "Z203" == error.value.code


def test_what_never_arrives_says_which_model_did_it() -> None:
    block = block_of([2**62], [math.ldexp(1.0, 40)])
    model = LatencyModel.parse("scale:100000000000", "--latency")
    assert model is not None

    [rejection] = model.apply(source_of(block), "a.csv")[1]

    assert ("a.csv", "latency") == (rejection.file, rejection.column)
    assert "--latency scale:100000000000.0" in rejection.reason


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("constant:5", "constant:5ms"),
        ("constant:0.005s", "constant:5ms"),
        ("shift:-3", "shift:-3ms"),
        ("scale:2x", "scale:2"),
    ],
)
def test_a_latency_without_a_unit_is_in_milliseconds(text: str, same: str) -> None:
    assert LatencyModel.parse(same, "--latency") == LatencyModel.parse(text, "--latency")
