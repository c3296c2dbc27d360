"""The examples do what they say."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.processes import environment, start
from tests.reference import ordered_quotes

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
NODE = EXAMPLES / "node"


def test_an_asyncio_consumer_has_the_last_mid_of_each_ticker() -> None:
    last = {quote.ticker: (quote.bid_price + quote.ask_price) / 2 for quote in quotes()}
    done = subprocess.run(
        [sys.executable, EXAMPLES / "last_mids.py", SAMPLE, "max"],
        **{"capture_output": True, "text": True, "env": environment(), "timeout": 60},
    )
    expected = [f"{ticker} {last[ticker]:.15g}" for ticker in sorted(last)[:3]]

    assert (0, expected) == (done.returncode, done.stdout.splitlines()[-3:])


def test_each_cell_of_the_notebook_runs_and_shows_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(tmp_path)
    cells = json.loads((EXAMPLES / "replay.ipynb").read_text())["cells"]
    names: dict[str, Any] = {}
    shown = []
    for cell in cells:
        if cell["cell_type"] == "code":
            *body, last = "".join(cell["source"]).rsplit("\n", 1)
            exec("\n".join(body), names)
            shown.append(eval(last, names) if " = " not in last else exec(last, names))

    mids = names["summary"]["mids"]
    assert [None, (20_000, 0), ("PAUSED", True), (mids, mids, 390)] == [
        *shown[:2],
        *shown[3:],
    ]


@pytest.mark.skipif(not (shutil.which("node")), reason="there is no Node here")
@pytest.mark.skipif(not (NODE / "node_modules").is_dir(), reason="npm install in examples/node")
def test_a_consumer_in_javascript_gets_every_quote_and_an_end(tmp_path: Path) -> None:
    addresses = [f"ipc://{tmp_path}/{name}" for name in ("batches", "control")]
    replayer = start(
        "zreplay",
        *("serve", SAMPLE, "--speed", "max", "--acks", "none", "--exit-when-done"),
        *("--wait-workers", 1, "--state", tmp_path / "state"),
        *("--bind", addresses[0], "--control", addresses[1]),
    )
    try:
        done = subprocess.run(
            ["node", NODE / "consumer.js", *addresses], capture_output=True, text=True, timeout=60
        )
        assert 0 == replayer.wait(60)
    finally:
        replayer.kill()
        replayer.communicate()
    rows = [line.split() for line in done.stdout.splitlines()]

    assert (0, "") == (done.returncode, done.stderr)
    assert [quote.ticker for quote in quotes()] == [ticker for ticker, _ in rows]
    assert [float((quote.bid_price + quote.ask_price) / 2) for quote in quotes()] == [
        float(mid) for _, mid in rows
    ]


def quotes() -> list[Any]:
    return ordered_quotes([SAMPLE])[0]
