"""From a nasty file to both logs, in one process: the output matches the reference."""

import random
from pathlib import Path

import pytest

from protocol import codec
from protocol.messages import HISTORICAL, STAMPS, Batch
from tests.reference import DAY_NS, Logs, reference_logs
from zmid.mid import mid_lines
from zmid.mid_rule import MidRule
from zreplay.historical import parse_ahead
from zreplay.historical.historical_source import HistoricalSource
from zreplay.playback.batch_columns import columns_of
from zreplay.quotes.rejection import Rejection

HEADERS = (
    b",index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n",
    b",INDEX, Timestamp ,ticker,ask_amount,ask_price,bid_price,bid_amount,latency_ms\r\n",
    b'\xef\xbb\xbf,index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,"latency"\r\r\n',
)
TIMES = (
    *("2025-10-02 23:59:57.290000", "2025-10-02T23:59:57Z", "2025-10-02 23:59:57.123456789"),
    *("2025-10-02 23:59:57.2900000001", "2025-10-02 23:59:60", "2025-10-02  23:59:57", "", "nan"),
    *("1970-01-01 00:00:00", "1969-12-31 23:59:59.999999999", "2262-04-11 23:47:16.854775808"),
    *("9999-12-31 00:00:00", "0001-01-01 00:00:00", "2024-02-29 00:00:00", "2025-02-29 00:00:00"),
    *(" 2025-10-02 00:00:00", "2025-10-02 00:00:00 ", "2025-1-2 00:00:00", "2025-10-02t00:00:00z"),
    *('"2025-10-02 00:00:00"', "2025-10-02 00:00:00.", "２０２５-10-02 00:00:00"),
)
NUMBERS = (
    *("1", "0", "-0", "1e-7", "3.9e-08", "1e22", "1e308", "1.7976931348623157e308", "1e400"),
    *("5e-324", "inf", "nan", "-1", "", "  1.5 ", "+2", "1_0", "0x1", "1,5", '"1.5"', '" 1"'),
    *("1.", ".", ".5", "1e", "123456789012345678", "0.1234567890123456789", "١", "1\x00"),
    *("\t3\t", "-1e-400", "00012", "1d5", "2.675", "0.1", "0.2"),
)
LATENCIES = (
    *("20", "20.0", "20.000000000000004", "19.999999", "120", "-3000", "1e9", "9e15", "1e300"),
    *("0.0005", "0.00000049", "0.0000005", *NUMBERS),
)
INDEXES = ("7.0", "", "-9223372036854775808", "9223372036854775808", "x", "1e3")
TICKERS = (
    *("", "Ö", '"A,B"', '"A""B"', '"open', 'A"B', '"A"B', "a\rb", "x\x00", "\ufeff", "💥"),
    *("T" * 256, "T" * 257, " ", "\u2028", "\x85", "NULL", "#"),
)
ENDS = (*[b"\n"] * 6, b"\r\n", b"\r\r\n", b"\r", b"\n\n", b"\n\r\n")


def nasty_line(dice: random.Random) -> bytes:
    def mostly(good: str, others: tuple[str, ...], share: float) -> str:
        return dice.choice(others) if dice.random() < share else good

    def price() -> str:
        return mostly(repr(round(dice.uniform(0, 1e3), dice.randrange(9))), NUMBERS, 0.2)

    time = f"2025-10-02 23:59:{dice.randrange(60):02d}.{dice.randrange(1000):03d}"
    line = ",".join(
        (
            "1",
            mostly("7", INDEXES, 0.1),
            mostly(time, TIMES, 0.4),
            mostly("A@B", TICKERS, 0.3),
            mostly("1.5", NUMBERS, 0.2),
            price(),
            price(),
            mostly("36.0", NUMBERS, 0.2),
            mostly(repr(dice.lognormvariate(3, 1)), LATENCIES, 0.3),
        )
    )
    if dice.random() < 0.05:
        cut = line[: dice.randrange(len(line) + 1)]
        junk = ("", "x", '"', f"{line},", f'{line},"', cut, " ", f"{line} ", "," * 8)
        line = dice.choice((*junk, f"\ufeff{line}"))
    noise = dice.randbytes(dice.randrange(40))
    return (noise if dice.random() < 0.03 else line.encode()) + dice.choice(ENDS)


def nasty_file(dice: random.Random) -> bytes:
    lines = [nasty_line(dice) for _ in range(dice.choice((0, 1, 2, 10, 50, 300)))]
    content = dice.choice(HEADERS) + b"".join(lines)
    return content.rstrip(b"\n") if dice.random() < 0.3 else content


def logs_of(path: Path, rule: MidRule, batch_quotes: int) -> Logs:
    """Return what the programs make of a file, without their processes."""
    rejections: list[Rejection] = []
    source = HistoricalSource(
        [path],
        horizon_ns=2**63 - 1,
        late="stop",
        max_rows=10_000,
        max_jump_ns=DAY_NS,
        reject=rejections.append,
    )
    mids, errors = [], []
    first = 0
    while (piece := source.read()) is not None:
        for start in range(0, len(piece.block), batch_quotes):
            part = piece.block.take(slice(start, start + batch_quotes))
            columns = columns_of(part)
            batch = Batch(b"r" * 16, 1, first, len(part), 0, "", HISTORICAL, 1, b"", 0, "", columns)
            received = codec.decode(codec.encode(batch))
            assert isinstance(received, Batch)
            lines = mid_lines(received, rule)
            mids.append(bytes(lines.mids))
            errors.append(bytes(lines.errors))
            first += len(part)
    source.close()
    return Logs(b"".join(mids), b"".join(errors), len(rejections))


@pytest.mark.parametrize("seed", range(60))
def test_a_nasty_file_comes_out_as_the_reference_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = random.Random(seed)
    path = tmp_path / "nasty.csv"
    path.write_bytes(nasty_file(dice))
    rule = MidRule(dice.choice((20.0, 0.0, 1e-7, 120.0)), dice.choice(STAMPS))
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, dice.choice((64, 150, 4096, 4 << 20)))

    assert reference_logs([path], rule.threshold_ms, rule.stamp) == logs_of(path, rule, 97)
