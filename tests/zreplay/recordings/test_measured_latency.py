"""The latency of what was received is from its timestamp to then, if 64 bits hold that."""

from msgspec.structs import replace

from tests.zreplay.example_quotes import make_block
from zreplay.recordings.measured_latency import with_latency


def test_it_is_the_time_from_the_timestamp_and_one_that_does_not_fit_is_rejected() -> None:
    block = make_block([5_000_000, 2**62, 7], ["A", "B", "C"])
    block = replace(block, timestamp_ns=block.timestamp_ns.copy())
    block.timestamp_ns[:] = [3_000_000, -(2**62) - 9, 7]

    measured, rejections = with_latency(block)

    assert [2.0, 0.0] == measured.latency_ms.tolist()
    assert [5_000_000, 7] == measured.arrival_ns.tolist()
    assert [("timestamp", str(-(2**62) - 9))] == [(each.column, each.value) for each in rejections]
