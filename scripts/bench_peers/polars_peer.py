"""Both logs by one polars process: what a user who knows data frames would write.

    python polars_peer.py quotes.csv DIR

Lazy scan of the columns that a line needs, a stable sort (equal arrivals keep the order of their
rows), then text by column. The bytes are those of `zreplay run`, for stamps in whole microseconds.
"""

import os
import sys
from decimal import Decimal
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "2")  # read once, when polars is imported

import polars as pl  # noqa: E402

COLUMNS = {
    "": pl.Int64,
    "index": pl.Int64,
    "timestamp": pl.String,
    "ticker": pl.String,
    "ask_amount": pl.Float64,
    "ask_price": pl.Float64,
    "bid_price": pl.Float64,
    "bid_amount": pl.Float64,
    "latency": pl.Float64,
}


def write_logs(file: Path, out: Path) -> None:
    """Write mid_prices.log and errors.log of a recording."""
    quotes = ordered_quotes(file)
    in_time = quotes.filter(pl.col("latency") <= 20)
    mids = pl.select(
        pl.concat_str(stamps(in_time["timestamp"]), pl.lit(", "), mid_texts(in_time["mid"]))
    )
    write_lines(mids, out / "mid_prices.log")
    late = quotes.filter(pl.col("latency") > 20)
    errors = pl.select(
        pl.concat_str(
            pl.lit("No mid price at "),
            stamps(late["timestamp"]),
            pl.lit(" as latency "),
            plain(late["latency"]),
            pl.lit("ms is bigger than 20ms"),
        )
    )
    write_lines(errors, out / "errors.log")


def ordered_quotes(file: Path) -> pl.DataFrame:
    timestamp = pl.col("timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us")
    latency_ns = (pl.col("latency") * 1e6).round(mode="half_to_even").cast(pl.Int64)
    return (
        pl.scan_csv(file, schema=COLUMNS)
        .select(
            timestamp.alias("timestamp"),
            "latency",
            mid=0.5 * (pl.col("bid_price") + pl.col("ask_price")),
            arrival_ns=timestamp.cast(pl.Int64) * 1000 + latency_ns,
        )
        .sort("arrival_ns", maintain_order=True)
        .select("timestamp", "latency", "mid")
        .collect(engine="streaming")
    )


def stamps(times: pl.Series) -> pl.Series:
    """Return milliseconds, or microseconds where there are any."""
    return times.dt.to_string("%Y-%m-%d %H:%M:%S%.6f").str.strip_suffix("000")


def mid_texts(mids: pl.Series) -> pl.Series:
    return plain(mids.round_sig_figs(15))


def plain(numbers: pl.Series) -> pl.Series:
    """Return the shortest texts; the few with an exponent are written out one by one."""
    texts = numbers.cast(pl.String).str.strip_suffix(".0")
    rare = texts.str.contains("e", literal=True)
    if not rare.any():
        return texts
    return texts.scatter(
        rare.arg_true(), [f"{Decimal(text):f}" for text in texts.filter(rare).to_list()]
    )


def write_lines(lines: pl.DataFrame, path: Path) -> None:
    lines.write_csv(path, include_header=False, quote_style="never")


if __name__ == "__main__":
    write_logs(Path(sys.argv[1]), Path(sys.argv[2]))
