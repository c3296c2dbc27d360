"""The Python in the READMEs runs, and does what they say."""

import threading
from pathlib import Path
from typing import Any

import pytest
import zmq
from pyarrow import csv

from protocol.codec import encode
from protocol.errors import MalformedMessage
from tests.documents import DOCUMENTS, ROOT, blocks
from tests.protocol.examples import BATCH

BLOCKS = [block for text in DOCUMENTS.values() for block in blocks("python", text)]
KNOWN = ("zreplay", "zmq", "pandas", "polars")

MIDS = "2025-01-01 00:00:00.120, 200.5\n2025-01-01 00:00:00.120001, 0.000000039\n"
ERRORS = "No mid price at 2025-01-01 00:00:00.000 as latency 120ms is bigger than 20ms\n"


def block(about: str) -> str:
    return next(text for text in BLOCKS if f"import {about}" in text)


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "logs" / "run"
    folder.mkdir(parents=True)
    (folder / "mid_prices.log").write_text(MIDS)
    (folder / "errors.log").write_text(ERRORS)
    monkeypatch.chdir(tmp_path)
    return folder


def run(text: str, names: dict[str, Any] | None = None) -> dict[str, Any]:
    names = {} if names is None else names
    exec(compile(text, "README.md", "exec"), names)
    return names


def test_each_block_is_run_by_a_test_of_this_file() -> None:
    assert sorted(BLOCKS) == sorted(block(about) for about in KNOWN)


def test_the_quotes_of_a_recording_are_read_in_five_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = block("zreplay")
    monkeypatch.chdir(ROOT)
    run(code)

    assert len(code.splitlines()) <= 5
    assert capsys.readouterr().out.startswith("2026-01-15 12:00:00")


def test_the_consumer_prints_a_line_for_each_batch(capsys: pytest.CaptureFixture[str]) -> None:
    with zmq.Context() as context, context.socket(zmq.PUSH) as push:
        push.bind("tcp://127.0.0.1:*")
        endpoint = push.getsockopt_string(zmq.LAST_ENDPOINT)
        frames = (encode(BATCH), b"the end of the test")
        sender = threading.Thread(target=lambda: [push.send(frame) for frame in frames])
        sender.start()
        names: dict[str, Any] = {}
        with pytest.raises(MalformedMessage):
            run(block("zmq").replace("tcp://127.0.0.1:5555", endpoint), names)
        sender.join()
        names["socket"].context.destroy(linger=0)

    assert "10 historical SATS@Ö 1.0\n" == capsys.readouterr().out


@pytest.mark.filterwarnings("ignore")
def test_pandas_reads_both_logs(logs: Path) -> None:
    pytest.importorskip("pandas", reason="pandas is not needed but to read the logs with it")
    names = run(block("pandas"))

    assert [200.5, 3.9e-08] == names["mids"]["mid"].tolist()
    assert [120_000_000, 120_001_000] == [
        time.value - 1_735_689_600 * 10**9 for time in names["mids"]["timestamp"]
    ]
    assert [["2025-01-01 00:00:00.000", "120", "20"]] == names["errors"].values.tolist()


def test_polars_reads_the_mid_prices(logs: Path) -> None:
    pytest.importorskip("polars", reason="polars is not needed but to read the logs with it")
    mids = run(block("polars"))["mids"]

    assert [200.5, 3.9e-08] == mids["mid"].to_list()
    assert [120_000, 120_001] == [time.microsecond for time in mids["timestamp"]]


def test_the_mid_prices_are_a_csv_of_two_columns(logs: Path) -> None:
    options = csv.ReadOptions(column_names=["timestamp", "mid"])
    table = csv.read_csv(logs / "mid_prices.log", read_options=options)

    assert ["timestamp", "mid"] == table.column_names
    assert [200.5, 3.9e-08] == [float(text) for text in table["mid"].to_pylist()]
