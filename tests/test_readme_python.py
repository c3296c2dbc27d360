"""The Python in the READMEs runs, and does what they say."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import zmq
from msgspec.structs import replace
from pyarrow import csv

import zreplay
from protocol.codec import encode
from protocol.errors import MalformedMessage
from protocol.published import pack, topic_of
from tests.documents import DOCUMENTS, ROOT, blocks
from tests.protocol.examples import BATCH
from tests.stored import PUBLISHED_END, PUBLISHED_MIDS
from tests.zreplay.consumer.fake_replayer import FakeReplayer
from zreplay.consumer.mids_subscription import MidsSubscription

BLOCKS = [
    block
    for text in DOCUMENTS.values()
    for block in blocks("python", text)
    if "@processor" not in block  # tests/zmid/processors/test_examples.py
]
KNOWN = (
    *("zreplay.read", "Replay", "zreplay.results", "zreplay.subscribe", "zreplay.run", "duckdb"),
    *(
        "asyncio",
        "zmq",
        "pandas",
        "polars",
        "distributed",
        "zreplay.backfill",
        "zreplay.partitions",
        "client.map",
        "ray",
        "SparkSession.builder.master",
    ),
)

MIDS = "2025-01-01 00:00:00.120, 200.5\n2025-01-01 00:00:00.120001, 0.000000039\n"
ERRORS = "No mid price at 2025-01-01 00:00:00.000 as latency 120ms is bigger than 20ms\n"


def block(about: str) -> str:
    """Return the block that imports a module, or calls a function of it."""
    module, _, called = about.partition(".")
    mark = f"{about}(" if called else f"import {module}"
    several = ("duckdb", "import distributed", "import ray", "import SparkSession")
    found = [text for text in BLOCKS if mark in text]
    return min(found, key=lambda text: any(each in text for each in several))


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


def test_what_is_published_is_printed_with_what_is_missed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with zmq.Context() as context:
        sink = FakeReplayer(context, zmq.XPUB)
        sink.answer = None
        mids, end = replace(PUBLISHED_MIDS, ticker="BTC"), replace(PUBLISHED_END, tickers=())
        sink.to_send.extend([topic_of(each), pack(each)] for each in (mids, end))
        monkeypatch.setattr(
            zreplay,
            "subscribe",
            lambda address, tickers, out, published: MidsSubscription(
                **sink.addresses, tickers=[tickers]
            ),
        )
        run(block("zreplay.subscribe"))
        sink.close()
        sink.out.close(linger=0)
        sink.control.close(linger=0)

    assert "BTC None 5\n" == capsys.readouterr().out


def test_the_quotes_of_a_recording_are_read_in_five_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = block("zreplay.read")
    monkeypatch.chdir(ROOT)
    run(code)

    assert len(code.splitlines()) <= 5
    assert capsys.readouterr().out.startswith("2026-01-15 12:00:00")


def test_an_asynchronous_consumer_gets_every_quote_of_a_replay(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    run(block("asyncio"))

    with open("fixtures/historical_sample.csv") as sample:
        assert f"{sum(1 for _ in sample) - 1}\n" == capsys.readouterr().out


def test_a_replay_is_iterated_over_and_says_where_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    run(block("Replay"))

    lines = capsys.readouterr().out.splitlines()
    assert "0" == lines[0].split()[0]
    assert "2026-01-15" == lines[0].split()[2]


def test_a_run_is_made_and_read_in_three_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(tmp_path)
    run(block("zreplay.run"))

    assert 20_000 == int(capsys.readouterr().out.split()[1])


@pytest.mark.filterwarnings("ignore")
def test_pandas_polars_and_duckdb_read_the_table_in_a_line_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("pandas", "polars", "duckdb"):
        reason = f"{package} is not needed but to read the table with it"
        pytest.importorskip(package, reason=reason)
    monkeypatch.chdir(tmp_path)
    zreplay.run(
        ROOT / "fixtures" / "historical_sample.csv", out="logs/table", speed="max", table=True
    )
    names = run(block("duckdb"))

    assert [20_000, 20_000] == [len(names["frame"]), names["frame_of_polars"].height]
    assert 390 == len(names["means"])


def test_the_results_of_a_run_are_read_in_four_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[object] = []
    batches = [{"ticker": ["BTC"], "mid": [0.5]}]
    monkeypatch.setattr("zreplay.results", lambda *of, **more: seen.append((of, more)) or batches)
    run(block("zreplay.results"))

    options = {"tickers": "BTC*", "start": "2026-01-15 12:00:05"}
    assert [(("logs/table",), options)] == seen
    assert "BTC 0.5 2\n" == capsys.readouterr().out


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


WINDOWS_READ_BY = {
    "zreplay.backfill": None,
    "zreplay.partitions": None,
    "distributed": "scripts/test --extras installs distributed",
    "client.map": "scripts/test --extras installs distributed",
    "ray": "ray is not needed but to read windows with it",
    "SparkSession.builder.master": "pyspark is not needed but to read windows with it",
}
PACKAGES = {"client.map": "distributed", "SparkSession.builder.master": "pyspark"}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("about", WINDOWS_READ_BY)
def test_windows_are_read_by_a_script(about: str, tmp_path: Path) -> None:
    reason = WINDOWS_READ_BY[about]
    if reason is not None:
        pytest.importorskip(PACKAGES.get(about, about), reason=reason)
    if about == "SparkSession.builder.master" and shutil.which("java") is None:
        pytest.skip("pyspark is not needed but to read windows with it: there is no Java")
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    script = tmp_path / "script.py"
    script.write_text(block(about))

    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYSPARK_PYTHON": sys.executable, "HOME": str(tmp_path)},
    )

    quotes = [batch for batch in zreplay.read(ROOT / "fixtures" / "historical_sample.csv")]
    expected = sum(batch.num_rows for batch in quotes)
    if "zreplay.partitions(" in block(about):
        expected = sum(batch["bid_amount"].to_numpy().sum() for batch in quotes)
    assert 0 == done.returncode, done.stderr
    assert about in ("ray", "SparkSession.builder.master") or not done.stderr
    assert expected == pytest.approx(float(done.stdout.splitlines()[-1]))
