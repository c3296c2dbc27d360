"""CSV text to columns, in three forms of one rule.

    judge    line_rows: reads one line, slowly and exactly, and so defines what a line means.
             To judge a line is to have it decide: a row, or the fault that keeps it from being one
    odd      a line or row that a fast form will not decide itself. Odd does not mean bad: the judge
             decides, so no form can give a line another meaning
    suspect  a line that is the likely reason why pyarrow could not read its neighbours: a guess,
             which costs time if it is wrong, and never changes a row

The portable form (csv_rows, through pyarrow) and the compiled form (plain_rows over compiled/)
read many lines at a time.

Not DuckDB, polars or pyarrow alone: none reports line, byte, column and value of a bad row and
continues after it; and scripts/bench measures the whole path beside the first two.
"""
