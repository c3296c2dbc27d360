"""What the soak of processes says of growth is what the samples say."""

import os
import time

from tests.end_to_end.process_soak import Growth, Report, Sample, growth_of, in_words, look_at


def samples(count: int, rss: float, descriptors: float) -> list[Sample]:
    """A process that grows by so much a minute, after a start in which it grows fast."""
    start = [Sample(each, 1_000_000 * each, each) for each in range(round(0.5 * count))]
    rest = range(len(start), count)
    return start + [
        Sample(each, round(9e6 + rss * each / 60), round(20 + descriptors * each / 60))
        for each in rest
    ]


def test_a_process_that_is_flat_once_it_is_warm_has_not_grown() -> None:
    assert Growth("sink", 99, 9_000_000, 0.0, 20, 0.0) == growth_of("sink", samples(100, 0, 0))


def test_what_grows_is_said_a_minute() -> None:
    grown = growth_of("sink", samples(600, 60_000, 60))

    assert grown is not None
    assert (60_000, 60) == (round(grown.rss_slope), round(grown.descriptor_slope))


def test_of_one_that_was_there_for_a_moment_nothing_is_said() -> None:
    assert None is growth_of("sink", samples(5, 0, 0))


def test_a_process_is_looked_at_and_one_that_is_gone_is_none() -> None:
    now = time.monotonic()
    mine = look_at(os.getpid(), now)

    assert mine is not None and mine.rss_bytes > 1e6 and mine.descriptors >= 3
    assert None is look_at(2**22 + 1, now)


def test_the_report_names_what_is_left_behind() -> None:
    report = Report(reconnects=3, growth=[Growth("sink", 60, 42_000_000, -500, 30, 0.5)])
    first, sink, warm, last = in_words(report)

    assert first.startswith("reconnects 3  rotations 0")
    assert "sink           60 s    42.0 MB      -0.5 kB/min    30 descriptors  +0.50/min" == sink
    assert ("growth is that after 50% of the time of each", "left behind in /tmp: nothing") == (
        warm,
        last,
    )
    report.left_behind.append("zreplay-x")
    assert "left behind in /tmp: zreplay-x" == [*in_words(report)][-1]
