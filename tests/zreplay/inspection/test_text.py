"""What an operator reads: everything that was found, and nothing that could control a terminal."""

import pytest
from msgspec.structs import replace

from zreplay.inspection.report import (
    DisorderReport,
    Distinct,
    Duration,
    FormatReport,
    Inspection,
    Latency,
    LatencyBin,
    Peak,
    Prices,
    Rate,
    RecordingReport,
    Refusal,
    TickerRows,
    Tickers,
    Ties,
    TimeSpan,
)
from zreplay.inspection.text import MOST_REFUSALS, text

SECOND_NS = 1_000_000_000
RECORDING = RecordingReport(
    file="a.csv",
    size_bytes=2_500_000,
    rows=1000,
    rejected=0,
    timestamps=TimeSpan(0, 7200 * SECOND_NS),
    distinct_timestamps=Distinct(900, True),
    arrivals=TimeSpan(1_000, 7200 * SECOND_NS + 1),
    rate=Rate(0.14, Peak(12, 0), Peak(3, 0), 65_000_000_000),
    tickers=Tickers(2, True, [TickerRows("BTC", 750), TickerRows("ETH", 250)]),
    ties=Ties(4, 2),
    repeats=1,
    prices=Prices(1, 2, 3, 4, 5),
    disorder=DisorderReport(0, 0, 0, 0),
    latency=Latency(
        min_ms=-1.5,
        max_ms=1234.5,
        negative=7,
        over_threshold=100,
        percentiles_ms={"p50": 18.04},
        histogram=[
            LatencyBin(None, 0.0, 0),
            LatencyBin(0.0, 0.1, 10),
            LatencyBin(0.1, 10_000.0, 0),
            LatencyBin(10_000.0, None, 40),
        ],
    ),
    refusals=[],
    replay_seconds=Duration(7200.0, 720.0, 0.0123),
)
REFUSAL = Refusal("Z102", "ask", "not a number", 2, "a.csv", 17, 900, "1O1")


def shown(recording: RecordingReport = RECORDING, speed: float | None = 10.0) -> list[str]:
    found = Inspection(1, 5 * SECOND_NS, 20.0, speed, 0.1, [recording], None)
    return text(found).splitlines()


def fact(name: str, recording: RecordingReport = RECORDING, speed: float | None = 10.0) -> str:
    [found] = [line for line in shown(recording, speed) if line.startswith(f"  {name} ")]
    return found.removeprefix(f"  {name}").strip()


def test_facts_stand_each_on_a_line() -> None:
    assert "a.csv: 1,000 quotes, 2.5 MB" == shown()[0]
    assert "1970-01-01 00:00:00.000 to 1970-01-01 02:00:00.000 (2 h), 900 distinct" == fact(
        "timestamps"
    )
    assert "1970-01-01 00:00:00.000001 to 1970-01-01 02:00:00.000000001 (2 h)" == fact("arrivals")
    assert "2: BTC 75.0%, ETH 25.0%" == fact("tickers")
    assert "4 quotes arrive together with another, at most 2" == fact("ties")
    assert "1 crossed, 2 locked, 3 with a zero side, 4 with two, 5 blank" == fact("prices")
    assert "100 (10.0%) over 20 ms" == fact("over threshold")
    assert "7, the least -1.5 ms" == fact("negative")
    assert "p50 18  max 1,234" == fact("latency, ms")
    assert "none" == fact("rejected")


def test_a_threshold_that_is_off_is_called_so() -> None:
    lines = text(Inspection(1, 5 * SECOND_NS, None, 10.0, 0.1, [RECORDING], None)).splitlines()

    assert "  over threshold  none, it is off" in lines


def test_the_time_of_a_replay_says_what_the_least_at_full_speed_stands_on() -> None:
    least = "at max no less than the 12.3 ms that reading and ordering took just now"

    assert f"2 h at 1x, 12 min at 10x, {least}" == fact("a replay takes")
    assert f"2 h at 1x, {least}" == fact("a replay takes", speed=None)


@pytest.mark.parametrize(
    ("disorder", "line"),
    (
        (DisorderReport(0, 0, 0, 0), "no timestamp steps back; no --reorder is needed"),
        (
            DisorderReport(3, 1_500_000, 1_200_001, 0),
            "3 timestamps step back, by at most 1.5 ms; "
            "--reorder 0.002s is needed, --reorder 5s is enough",
        ),
        (
            DisorderReport(3, 9 * SECOND_NS, 8 * SECOND_NS, 2),
            "3 timestamps step back, by at most 9 s; "
            "2 rows are late with --reorder 5s; none is with --reorder 8s",
        ),
    ),
)
def test_the_order_says_which_reorder_is_needed(disorder: DisorderReport, line: str) -> None:
    assert line == fact("order", replace(RECORDING, disorder=disorder))


def test_the_histogram_begins_and_ends_with_a_bin_that_has_rows() -> None:
    bars = [line.split() for line in shown() if line.endswith("#") or line.endswith(" 0")]

    assert [
        ["to", "0.1", "10", "#" * 10],
        ["to", "10000", "0"],
        ["over", "10000", "40", "#" * 40],
    ] == bars


def test_counts_that_are_bounds_say_so() -> None:
    bounded = replace(
        RECORDING, distinct_timestamps=Distinct(9, False), tickers=Tickers(5, False, [])
    )

    assert "at most 9 distinct" in fact("timestamps", bounded)
    assert "at least 5" == fact("tickers", bounded)


def test_refusals_name_the_first_place_and_only_so_many_reasons() -> None:
    refused = replace(RECORDING, rejected=2, refusals=[REFUSAL] * (MOST_REFUSALS + 3))

    assert "2 rows are not quotes" == fact("rejected", refused)
    assert "1 row is not a quote" == fact("rejected", replace(refused, rejected=1))
    lines = [line.strip() for line in shown(refused)[-MOST_REFUSALS - 1 :]]
    assert 'ask: not a number; first at a.csv line 17: "1O1"' == lines[0].removeprefix("2  ")
    assert "...  3 more reasons" == lines[-1]
    one_more = replace(refused, refusals=[REFUSAL] * (MOST_REFUSALS + 1))
    assert "...  1 more reason" == shown(one_more)[-1].strip()


def test_a_file_without_quotes_has_no_facts() -> None:
    nothing = replace(RECORDING, rows=0, latency=None)

    assert ["a.csv: 0 quotes, 2.5 MB", "  rejected        none"] == shown(nothing)


def test_the_size_of_a_small_file_is_not_zero() -> None:
    sizes = [shown(replace(RECORDING, size_bytes=size))[0] for size in (812, 99_999, 100_000)]

    assert ["0.8 kB", "100.0 kB", "0.1 MB"] == [line.rpartition(", ")[2] for line in sizes]


def test_what_stands_in_a_file_cannot_steer_the_terminal() -> None:
    evil = replace(
        RECORDING,
        file="\x1b[2Ja.csv",
        tickers=Tickers(1, True, [TickerRows("\x1b]0;B\x07", 1)]),
        refusals=[replace(REFUSAL, value="\x1b[31m\r")],
        rejected=2,
    )

    assert [] == [line for line in shown(evil) if not line.isprintable()]


def test_several_files_are_followed_by_their_total() -> None:
    total = replace(RECORDING, file="total", rows=2000)
    found = Inspection(1, 5, 20.0, 1.0, 0.1, [RECORDING, RECORDING], total)

    heads = [part.splitlines()[0] for part in text(found).split("\n\n")]

    assert ["a.csv: 1,000 quotes, 2.5 MB"] * 2 + ["total: 2,000 quotes, 2.5 MB"] == heads


def test_it_says_where_the_reading_was_broken_off() -> None:
    found = Inspection(1, 5, 20.0, 1.0, 0.1, [RECORDING], None, "a.csv: is \x1bdamaged")

    last = text(found).splitlines()[-1]

    assert last.startswith("the report is incomplete: a.csv: is ")
    assert last.isprintable()


def test_what_else_is_among_the_rows_is_told_where_there_is_something() -> None:
    notes = replace(RECORDING, left_out=1_234, skipped_times=1, repeated_times=2)

    assert "1,234 lines do not count in the format" == fact("left out", notes)
    assert (
        "1 times that its clocks skip, read as if they had not; "
        "2 that they show twice, read as the first"
    ) == fact("zone", notes)
    assert not [line for line in shown() if line.strip().startswith(("left out", "zone"))]


def test_times_that_are_hardly_those_of_a_market_name_the_unit() -> None:
    report = FormatReport("zreplay", "its columns", "epoch ms", "none", True, "zreplay")
    far = replace(RECORDING, format=report, timestamps=TimeSpan(10**18, 5 * 10**18))

    assert fact("warning", far) == (
        "2128-06-11 08:53:20.000 is before 1990 or after 2100, read as epoch ms: "
        "--time-unit says another unit"
    )


def test_recordings_that_overlap_are_told_and_what_is_not_covered() -> None:
    found = Inspection(1, SECOND_NS, 20.0, None, 0.1, [RECORDING], None, repeated=1_300)
    texts = [text(replace(found, repeated=n, is_deduped=d)) for n, d in ((1_300, 0), (1, 1))]

    assert "1,300 quotes stand in two files: --dedupe leaves out all but the first;" in texts[0]
    assert "1 quote stands in two files: --dedupe left out;" in texts[1]
    assert all("two recorders with clocks of their own are not covered" in each for each in texts)
    assert "two files" not in text(replace(found, repeated=0))
