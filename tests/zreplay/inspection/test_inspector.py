"""What is found in files is what a plain look at every row finds."""

import gzip
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.errors import InputError, SettingsError
from tests.depth import few
from tests.zreplay.inspection.plain_model import PlainFile, PlainRow, expected
from zreplay.historical import parse_ahead
from zreplay.historical.daily_session import DailySession
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection
from zreplay.inspection import inspector
from zreplay.inspection.inspector import Inspector, InspectSettings
from zreplay.inspection.report import Inspection
from zreplay.inspection.text import text
from zreplay.recordings.formats.format_options import FormatOptions

HEADER = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
REAL = Path("/work/shared/data/historical_sample.csv")
SECOND_NS = 1_000_000_000
THRESHOLD_MS = 20.0

ROWS = st.builds(
    PlainRow,
    timestamp_ns=st.integers(0, 8_000).map(lambda ms: ms * 1_000_000),
    latency_ns=st.sampled_from((-3_000_000_000, -1_500, 0, 500_000, 20_000_000, 20_000_001)),
    ticker=st.sampled_from(("BTC", "ETH", 'A,"B')),
    bid_price=st.sampled_from((0.0, 1.0, 2.0)),
    ask_price=st.sampled_from((0.0, 1.5, 2.0)),
)
FILES = st.lists(st.lists(ROWS, max_size=30), min_size=1, max_size=3)


def inspected(paths: Sequence[Path], reorder_ns: int = 5 * SECOND_NS, **more: Any) -> Inspection:
    options: dict[str, Any] = {
        "columns": FormatOptions(),
        "selection": None,
        "latency": None,
        "max_jump_ns": 86_400 * SECOND_NS,
        "max_buffer_rows": 100_000,
        "latency_threshold_ms": THRESHOLD_MS,
        "rate": Fraction(2),
        "top": 2,
        **more,
    }
    asked = InspectSettings(historical=tuple(paths), reorder_ns=reorder_ns, **options)
    return Inspector(asked, lambda share: None).inspect()


def written(path: Path, *lines: str) -> Path:
    path.write_text(HEADER + "".join(lines))
    return path


def line(row: PlainRow) -> str:
    seconds, fraction_ns = divmod(row.timestamp_ns, SECOND_NS)
    ticker = row.ticker.replace('"', '""')
    return (
        f'1970-01-01 00:00:{seconds:02d}.{fraction_ns:09d},"{ticker}",,'
        f"{row.ask_price},{row.bid_price},7,{row.latency_ns / 1e6!r}\n"
    )


def found_in(recording: Any) -> dict[str, Any]:
    """Return what the plain model knows of as well."""
    found = msgspec.to_builtins(recording)
    if found["latency"]:
        del found["latency"]["percentiles_ms"], found["latency"]["histogram"]
    for name in ("file", "size_bytes", "rejected", "refusals", "replay_seconds", "format"):
        del found[name]
    return dict(found)


@given(
    contents=FILES,
    reorder_ms=st.sampled_from((0, 1, 1_000, 9_000)),
    held_rows=st.sampled_from((1, 4, inspector.HELD_ROWS_A_FILE)),
)
@settings(max_examples=few(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_number_of_every_file_and_of_all_is_that_of_a_plain_count(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    contents: list[list[PlainRow]],
    reorder_ms: int,
    held_rows: int,
) -> None:
    monkeypatch.setattr(inspector, "HELD_ROWS_A_FILE", held_rows)
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, 300)
    paths = [
        written(tmp_path / f"{number}.csv", *map(line, rows))
        for number, rows in enumerate(contents)
    ]
    plain = [PlainFile(rows) for rows in contents]
    reorder_ns = reorder_ms * 1_000_000

    found = inspected(paths, reorder_ns)

    assert [expected([file], reorder_ns, THRESHOLD_MS) for file in plain] == [
        found_in(file) for file in found.files
    ]
    if len(plain) > 1:
        assert expected(plain, reorder_ns, THRESHOLD_MS) == found_in(found.total)


def test_no_row_is_late_with_the_reorder_that_is_said_to_be_needed_and_one_is_with_less(
    tmp_path: Path,
) -> None:
    rows = [PlainRow(time_ms * 1_000_000, 1, "T", 1, 2) for time_ms in (0, 900, 100, 950, 300)]
    path = written(tmp_path / "a.csv", *map(line, rows))

    needed_ns = inspected([path]).files[0].disorder.reorder_needed_ns

    late = [inspected([path], reorder).files[0].disorder.late for reorder in (needed_ns, 0)]
    assert [799_999_999, 0, 2] == [needed_ns, *late]
    assert 1 == inspected([path], needed_ns - 1).files[0].disorder.late


def test_rejected_rows_are_grouped_and_the_first_of_each_reason_is_named(tmp_path: Path) -> None:
    good = line(PlainRow(0, 0, "T", 1, 2))
    bad = good.replace(",7,", ",x,")
    path = written(tmp_path / "a.csv", good, bad, good, bad, "1,2\n", "1,2,3\n")

    found = inspected([path]).files[0]

    assert (2, 4) == (found.rows, found.rejected)
    assert [
        ("bid_amount", "not a number", 2, 3, "x"),
        ("", "2 fields, the header has 7", 2, 6, "1,2"),
    ] == [
        (refusal.column, refusal.reason, refusal.rows, refusal.line, refusal.value)
        for refusal in found.refusals
    ]


def test_a_replay_takes_as_long_as_the_arrivals_span(tmp_path: Path) -> None:
    rows = [PlainRow(0, 500_000_000, "T", 1, 2), PlainRow(3 * SECOND_NS, 0, "T", 1, 2)]

    seconds = inspected([written(tmp_path / "a.csv", *map(line, rows))]).files[0].replay_seconds

    assert (2.5, 1.25) == (seconds.at_1x, seconds.at_speed)
    assert seconds.max_at_least > 0


def test_a_file_without_rows_has_no_span_no_rate_and_no_latency(tmp_path: Path) -> None:
    found = inspected([written(tmp_path / "a.csv")]).files[0]

    assert (0, None, None, None) == (found.rows, found.timestamps, found.rate, found.latency)


def test_what_no_run_could_hold_ends_it_and_names_what_helps(tmp_path: Path) -> None:
    rows = [PlainRow(number, 0, "T", 1, 2) for number in range(20)]
    path = written(tmp_path / "a.csv", *map(line, rows))

    found = inspected([path], max_buffer_rows=10)

    assert found.broken_off is not None
    assert "more than 10 quotes wait for their turn" in found.broken_off


def test_of_a_file_that_is_cut_off_all_that_is_there_is_counted(tmp_path: Path) -> None:
    rows = [line(PlainRow(number, 5, "T", 1, 2)) for number in range(1000)]
    plain = written(tmp_path / "a.csv", *rows)
    cut = tmp_path / "a.csv.gz"
    # Its content is whole, of its checksum a byte is missing.
    cut.write_bytes(gzip.compress(plain.read_bytes())[:-1])

    found, whole = inspected([cut]), inspected([plain])

    assert found_in(whole.files[0]) == found_in(found.files[0])
    assert (1000, None) == (found.files[0].rows, whole.broken_off)
    assert found.broken_off is not None
    assert "is cut off" in found.broken_off


def test_filters_and_a_latency_model_show_what_a_run_with_them_would_send(tmp_path: Path) -> None:
    rows = [
        PlainRow(0, 10_000_000, "BTC-A", 1, 2),
        PlainRow(SECOND_NS, 10_000_000, "ETH-A", 1, 2),
        PlainRow(2 * SECOND_NS, 10_000_000, "BTC-B", 1, 2),
    ]
    path = written(tmp_path / "a.csv", *map(line, rows))
    selection = Selection(tickers=("BTC*",), limit=5)

    found = inspected([path], selection=selection, latency=LatencyModel("scale", 3.0)).files[0]

    assert (2, 2, 2.0) == (found.rows, found.tickers.count, found.replay_seconds.at_1x)
    assert found.latency is not None
    assert (30.0, 2) == (found.latency.max_ms, found.latency.over_threshold)


def test_compressed_files_are_inspected_too(tmp_path: Path) -> None:
    plain = written(tmp_path / "a.csv", line(PlainRow(0, 5, "T", 1, 2)))
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    assert found_in(inspected([plain]).files[0]) == found_in(inspected([packed]).files[0])


def test_the_progress_ends_at_the_whole(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", line(PlainRow(0, 5, "T", 1, 2)))
    shares: list[float] = []
    asked = InspectSettings((path,), FormatOptions(), None, None, 0, 10, 20.0, None, 1)

    Inspector(asked, shares.append).inspect()

    assert 1.0 == shares[-1]


def test_a_threshold_that_is_off_is_null(tmp_path: Path) -> None:
    paths = [written(tmp_path / "a.csv", "2025-01-01 00:00:00,A,1,1,1,1,0\n")]

    assert inspected(paths, latency_threshold_ms=1e18).latency_threshold_ms is None


@pytest.mark.parametrize(
    "wrong", ({"top": -1}, {"max_buffer_rows": 0}, {"latency_threshold_ms": float("nan")})
)
def test_settings_that_cannot_be_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        inspected([written(tmp_path / "a.csv")], **wrong)
    assert 2 == caught.value.exit_code


def test_a_file_that_is_not_there_and_one_given_twice_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv")

    with pytest.raises(InputError, match="b.csv: cannot be opened"):
        inspected([path, tmp_path / "b.csv"])
    with pytest.raises(SettingsError, match="twice"):
        inspected([path, path])


@pytest.mark.skipif(not REAL.exists(), reason="the real recording is not part of the project")
def test_the_real_recording_is_what_was_found_in_it_by_other_means() -> None:
    found = inspected([REAL]).files[0]

    assert (30_000, 2_640, 3_401, 32) == (
        found.rows,
        found.tickers.count,
        found.distinct_timestamps.count,
        found.prices.locked,
    )
    assert (0, 0, True) == (found.rejected, found.disorder.late, found.disorder.steps_back == 0)
    assert found.latency is not None
    assert 0.005 < found.latency.negative / found.rows < 0.015
    assert 15 < found.latency.percentiles_ms["p50"] < 21


EVENTS = Path(__file__).parents[2] / "samples" / "events.toml"


def test_lines_that_do_not_count_and_times_that_are_no_one_instant_are_counted(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    header = "day;time;name;bid;ask;flags;kind\n"
    first.write_text(
        header
        + "# a comment\n"
        + "30.03.2025;02:30:00;DE;1;2;128;Q\n"  # which the clocks of Berlin skip
        + "30.03.2025;03:30:00;DE;1;2;0;Q\n"
        + "30.03.2025;03:30:01;DE;n/a;2;128;trade\n"
        + "END;3\n"
    )
    second.write_text(header + "26.10.2025;02:30:00;DE;-1;2;129;quote\n")
    found = inspected([first, second], columns=FormatOptions(format=str(EVENTS)))

    assert found.total is not None
    reports = [*found.files, found.total]
    assert [(1, 4, 1, 0), (1, 0, 0, 1), (2, 4, 1, 1)] == [
        (each.rows, each.left_out, each.skipped_times, each.repeated_times) for each in reports
    ]
    assert not found.has_faults


def test_quotes_that_stand_in_two_files_are_counted_whether_they_are_left_out_or_not(
    tmp_path: Path,
) -> None:
    rows = [f"2025-10-02 00:00:{second:02d},A,1,1,1,1,0\n" for second in (0, 0, 1, 2, 3)]
    parts = {"a.csv": rows, "b.csv": rows[1:], "c.csv": rows}
    paths = [written(tmp_path / name, *part) for name, part in parts.items()]
    there, left_out = (inspected(paths, selection=s) for s in (None, Selection(dedupe=True)))

    assert (9, False, 9, True) == (
        *(there.repeated, there.is_deduped),
        *(left_out.repeated, left_out.is_deduped),
    )
    assert there.total is not None and left_out.total is not None
    assert [14, 5] == [there.total.rows, left_out.total.rows]


def test_a_session_shows_what_a_run_with_it_would_send(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.csv",
        *(f"2025-10-02 {hour:02d}:00:00,A,1,1,1,1,0\n" for hour in range(24)),
    )
    found = inspected([path], selection=Selection(session=DailySession(34_200, 57_600)))

    assert (6, 18) == (found.files[0].rows, found.outside_session)
    assert "18 quotes outside the session are left out" in text(found)
