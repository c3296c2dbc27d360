"""CSV text to columns, in three forms of one rule.

The judge (line_rows) reads one line and defines what it means. The portable form (csv_rows,
through pyarrow) and the compiled form (plain_rows over compiled/) read many lines at a time;
a line that either calls odd is given to the judge, so neither can mean something else.

Not DuckDB, polars or pyarrow alone: none names line, byte, column and value of a bad row and
goes on behind it; and scripts/bench measures the whole path beside the first two.
"""
