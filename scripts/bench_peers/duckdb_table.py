"""The columns of mids.arrows by one DuckDB process: what a user who knows SQL would write.

    python duckdb_table.py quotes.csv OUT.arrows

Read, ordered and numbered in one statement, and written as an Arrow stream.
"""

import sys
from pathlib import Path

import duckdb
import pyarrow as pa
from duckdb_convert import ARRIVAL_NS
from duckdb_peer import CSV, PARQUET, THREADS

THRESHOLD_MS = 20.0
BATCH_ROWS = 131_072
SELECT = f"""
    SELECT row_number() OVER (ORDER BY {ARRIVAL_NS}, row) - 1 AS record,
           make_timestamp_ns({ARRIVAL_NS}) AS arrival, timestamp::TIMESTAMP_NS AS timestamp,
           latency AS latency_ms, ticker, bid_price, ask_price,
           CASE WHEN latency <= {THRESHOLD_MS} THEN 0.5 * (bid_price + ask_price) END AS mid
    FROM {{source}}
    ORDER BY record
"""


def write(file: Path, out: Path) -> None:
    """Write the mids of a recording with all that they are of."""
    connection = duckdb.connect(config={"threads": THREADS})
    source = PARQUET if file.suffix == ".parquet" else CSV
    found = connection.execute(SELECT.replace("{source}", source), {"file": str(file)})
    # What it is called from version 2 on, and was called before.
    reader = getattr(found, "to_arrow_reader", None) or found.fetch_record_batch
    batches = reader(BATCH_ROWS)
    with out.open("wb") as stream, pa.ipc.new_stream(stream, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
