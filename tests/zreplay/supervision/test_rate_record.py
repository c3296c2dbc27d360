"""A record of rates is bounded, spread over the whole run, and never in the way of it."""

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.zreplay.answers import make_status
from zreplay.supervision import rate_record
from zreplay.supervision.rate_record import RateRecord, read_rates, record_rates
from zreplay.supervision.rate_row import RateRow


def row(unix_ns: int) -> RateRow:
    return RateRow(unix_ns, "RUNNING", "historical", 1, 1, 0, 0, 2, 5)


def test_however_long_a_run_is_its_rows_are_bounded_and_evenly_spread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_record, "MOST_ROWS", 16)
    record = RateRecord(tmp_path / "rates.jsonl")
    for second in range(1_000):
        record.append(row(second))
    seconds = [one.unix_ns for one in read_rates(tmp_path / "rates.jsonl")]

    assert 8 <= len(seconds) <= 16
    assert 1 == len({high - low for low, high in zip(seconds, seconds[1:], strict=False)})
    assert seconds[-1] > 900


def test_a_run_that_goes_on_goes_on_with_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "rates.jsonl"
    RateRecord(path).append(row(1))
    with path.open("ab") as torn:
        torn.write(b'{"unix_ns":')
    RateRecord(path).append(row(2))

    assert [row(1), row(2)] == read_rates(path)


def test_a_row_a_second_is_written_until_the_run_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_record, "EVERY_SECONDS", 0.0)
    over = threading.Event()
    answers: list[dict[str, Any] | None] = [make_status(sent=1), None, make_status(sent=2)]

    def ask(verb: str, value: str) -> dict[str, Any] | None:
        answer = answers.pop(0)
        if not answers:
            over.set()
        return answer

    record_rates(ask, over, tmp_path / "rates.jsonl")

    assert [1, 2] == [one.sent for one in read_rates(tmp_path / "rates.jsonl")]


def test_a_disk_that_takes_no_row_does_not_end_a_run(tmp_path: Path) -> None:
    over = threading.Event()

    record_rates(lambda verb, value: make_status(), over, tmp_path / "none" / "rates.jsonl")

    assert [] == read_rates(tmp_path / "none" / "rates.jsonl")
