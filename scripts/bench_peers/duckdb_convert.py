"""A recording in order of arrival by one DuckDB process: what a user who knows SQL would write.

    python duckdb_convert.py quotes.csv OUT.parquet|.csv|.csv.gz|.csv.zst

Read, ordered and copied in one statement; the columns are those of `zreplay convert`.
"""

import sys
from pathlib import Path

import duckdb
from duckdb_peer import CSV, PARQUET, THREADS

ARRIVAL_NS = "epoch_us(timestamp) * 1000 + round_even(latency * 1e6, 0)::BIGINT"
COPY = f"""
    COPY (
        SELECT make_timestamp_ns({ARRIVAL_NS}) AS arrival, timestamp, latency AS latency_ms, ticker,
               ask_price, bid_price, ask_amount, bid_amount, index
        FROM {{source}}
        ORDER BY {ARRIVAL_NS}, row
    ) TO '{{out}}'
"""


def convert(file: Path, out: Path) -> None:
    """Write the quotes of a recording in order of arrival."""
    connection = duckdb.connect(config={"threads": THREADS})
    source = PARQUET if file.suffix == ".parquet" else CSV
    connection.execute(
        COPY.replace("{source}", source).replace("{out}", str(out)), {"file": str(file)}
    )


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
