"""Both logs by one DuckDB process: what a user who knows SQL would write.

    python duckdb_peer.py quotes.csv DIR          # or 'quotes/*.csv.gz', quotes.parquet
    python duckdb_peer.py quotes.csv DIR detect   # it looks for itself what the columns are

The quotes are read once, into a table in order of arrival, and each log is copied from it: the
fastest of the ways tried (sorting for each log, or making the text before the sort, is slower).
The bytes are those of `zreplay run`, for mids from 1e-8 up and stamps in whole microseconds.
"""

import sys
from pathlib import Path

import duckdb

THREADS = 2

# Parsed while read; columns that no line needs (ticker, amounts) are skipped. The first column has
# no name: it is the row number, and breaks ties.
QUOTES = """
    CREATE TEMP TABLE quotes AS
    SELECT timestamp, latency, 0.5 * (bid_price + ask_price) AS mid
    FROM {source}
    ORDER BY epoch_us(timestamp) * 1000 + round_even(latency * 1e6, 0)::BIGINT, row
"""
CSV = """
    read_csv($file, header = true, columns = {
        'row': 'BIGINT', 'index': 'BIGINT', 'timestamp': 'TIMESTAMP', 'ticker': 'VARCHAR',
        'ask_amount': 'DOUBLE', 'ask_price': 'DOUBLE', 'bid_price': 'DOUBLE',
        'bid_amount': 'DOUBLE', 'latency': 'DOUBLE'
    }, auto_detect = false, delim = ',', quote = '', escape = '')
"""
# The first column has no name: it is called by its number then.
DETECTED_CSV = "(SELECT * RENAME (column0 AS row) FROM read_csv($file))"
PARQUET = """
    (SELECT *, file_row_number AS row FROM read_parquet($file, file_row_number = true))
"""
MACROS = """
    CREATE MACRO stamp(t) AS CASE WHEN microsecond(t) % 1000 = 0
        THEN strftime(t, '%Y-%m-%d %H:%M:%S.%g') ELSE strftime(t, '%Y-%m-%d %H:%M:%S.%f') END;
    CREATE MACRO fifteen_digits(x) AS
        CASE WHEN x = 0 THEN 0 ELSE round(x, 14 - floor(log10(x))::INT) END;
    CREATE MACRO plain(text) AS CASE
        WHEN contains(text, 'e') THEN rtrim(rtrim(text::DECIMAL(38, 22)::VARCHAR, '0'), '.')
        WHEN suffix(text, '.0') THEN text[:-3] ELSE text END;
"""
MIDS = """
    SELECT stamp(timestamp) || ', ' || plain(fifteen_digits(mid)::VARCHAR)
    FROM quotes WHERE latency <= 20
"""
ERRORS = """
    SELECT 'No mid price at ' || stamp(timestamp) || ' as latency ' || plain(latency::VARCHAR)
        || 'ms is bigger than 20ms'
    FROM quotes WHERE latency > 20
"""
# No line contains a tab, so that none is quoted.
AS_LINES = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\t'"


def write_logs(file: Path, out: Path, *, detects: bool = False) -> None:
    """Write mid_prices.log and errors.log of a recording."""
    connection = duckdb.connect(config={"threads": THREADS})
    connection.execute(MACROS)
    csv = DETECTED_CSV if detects else CSV
    source = PARQUET if file.suffix == ".parquet" else csv
    connection.execute(QUOTES.replace("{source}", source), {"file": str(file)})
    for name, lines in (("mid_prices.log", MIDS), ("errors.log", ERRORS)):
        connection.execute(f"COPY ({lines}) TO '{out / name}' ({AS_LINES})")


if __name__ == "__main__":
    write_logs(Path(sys.argv[1]), Path(sys.argv[2]), detects="detect" in sys.argv[3:])
