"""Each ticker has its file with its quotes in order; files and memory are bounded."""

import os
import random
from collections import defaultdict
from pathlib import Path

import pyarrow.parquet as pa_parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.limits import MAX_TICKER_CHARS
from tests.zreplay.example_quotes import make_block
from zreplay.conversion import ticker_files
from zreplay.conversion.quote_table import QuoteTable
from zreplay.conversion.ticker_files import TickerFiles, file_name


@pytest.mark.parametrize("waiting_rows", [0, 100, 10**6])
@pytest.mark.parametrize("tickers", [1, 4, 5, 40, 200])
def test_each_ticker_has_its_quotes_in_order_and_few_files_are_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tickers: int, waiting_rows: int
) -> None:
    monkeypatch.setattr(ticker_files, "MOST_TICKERS", 4)
    monkeypatch.setattr(ticker_files, "MOST_WAITING_ROWS", waiting_rows)
    dice = random.Random(tickers)
    target = TickerFiles(tmp_path, ".parquet", QuoteTable(has_latency=True))
    expected = defaultdict(list)
    before, most_open = _open_files(), 0
    for first in range(0, 600, 60):
        names = [f"T{dice.randrange(tickers)}" for _ in range(60)]
        for number, name in enumerate(names):
            expected[name].append(first + number)
        # There are names that no row has.
        target.write(make_block(range(first, first + 60), names, ["X", *dict.fromkeys(names)]))
        most_open = max(most_open, _open_files() - before)
    target.close()

    found = {
        file.stem: pa_parquet.read_table(file)["arrival"].cast("int64").to_pylist()
        for file in tmp_path.iterdir()
    }
    assert expected == found
    assert len(expected) == target.files
    assert most_open <= 8


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@given(st.lists(st.text(max_size=MAX_TICKER_CHARS), min_size=2, max_size=2, unique=True))
def test_no_two_tickers_have_the_same_name_and_any_can_be_a_file(names: list[str]) -> None:
    tickers = [name.encode("utf-8", "ignore").decode() for name in names]
    files = [file_name(ticker) for ticker in tickers]

    assert (tickers[0] == tickers[1]) == (files[0] == files[1])
    for file in files:
        assert 0 < len(file.encode()) < 230
        assert not {*file} & {*"/*?[]\\\0\n"}
        assert file[0] not in "._-~"


def test_the_usual_names_stay_as_they_are() -> None:
    for name in ("BTCUSD", "ETH-USDT-SWAP@OKEX", "BRK.B", "C000-USDT_SWAP"):
        assert name == file_name(name)
    assert ["%", "%2Ehidden", "..%2Fx".replace("..", "%2E.")] == [
        file_name(name) for name in ("", ".hidden", "../x")
    ]


def test_long_names_are_told_apart_by_their_end() -> None:
    one, other = (file_name("A" * 200 + end) for end in "xy")

    assert one != other
    assert one[:150] == other[:150] == "A" * 150
