"""What a worker is set to is what its processors do."""

import os
import threading
from pathlib import Path

import pytest

from protocol.errors import ProcessorError
from tests.zmid.processors.recorded import batch
from zmid.processors import time_limit
from zmid.processors.from_settings import begin_processing
from zmid.settings import WorkerSettings

SOURCE = """
from zmid.processors import Text, csv_lines, processor

@processor(Text("bids.csv"))
def bids(quotes):
    return csv_lines(quotes.bid_price)

@processor(Text("mean.csv"))
def mean(quotes):
    return csv_lines(quotes.bid_price - quotes.bid_price.mean())

@processor(Text("slow.csv"))
def slow(quotes):
    import __main__
    __main__.is_ended.wait(30)
    return b""
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    return path


@pytest.mark.parametrize("no_mid, threshold_ms", [(False, 7.0), (True, None)])
def test_the_mid_price_is_computed_too_unless_it_is_left_out(
    file: Path, no_mid: bool, threshold_ms: float | None
) -> None:
    settings = WorkerSettings(processor=(f"{file}:bids",), latency_threshold_ms=7.0, no_mid=no_mid)
    (result,) = begin_processing(settings, "worker").results(batch())

    assert (threshold_ms, bool(result.mids)) == (result.threshold_ms, not no_mid)
    assert ["bids"] == [each.name for each in result.processors]


def test_every_batch_is_checked_if_so_many_are_asked_for_and_none_if_not(file: Path) -> None:
    named = (f"{file}:mean",)
    assert begin_processing(WorkerSettings(processor=named), "worker").results(batch())
    checking = begin_processing(WorkerSettings(processor=named, check_processor=100), "worker")
    with pytest.raises(ProcessorError, match="mean is not row-wise"):
        checking.results(batch())
    assert checking.results(batch(1))  # it cannot be cut


def test_one_that_hangs_ends_the_process_with_its_own_exit_code(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import __main__

    codes: list[int] = []
    is_ended = threading.Event()

    def end(code: int) -> None:
        codes.append(code)
        is_ended.set()

    monkeypatch.setattr(__main__, "is_ended", is_ended, raising=False)
    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(time_limit, "TICK_SECONDS", 0.001)
    settings = WorkerSettings(processor=(f"{file}:slow",), processor_limit=0.01)
    begin_processing(settings, "worker").results(batch())

    assert [8] == codes
    assert "processor slow took over 0.01 s for records 1000 to 1005" in capsys.readouterr().err
