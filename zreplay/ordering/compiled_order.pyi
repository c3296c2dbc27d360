"""Sorted runs of blocks: what zreplay/ordering/sorted_run.py defines, in C."""

from collections.abc import Buffer

def sort(arrival_ns: Buffer, sorted_ns: Buffer, rows: Buffer, /) -> bool:
    """Write int64 arrivals in ascending order, and the int32 row of each; equal ones by row.

    Other threads run meanwhile. False if too many arrivals are much nearer to one another than
    others are: then nothing is written.

    Raises:
        ValueError: the buffers do not fit each other.
    """

def merge(runs: tuple[tuple[Buffer | None, ...], ...], columns: tuple[Buffer, ...], /) -> bool:
    """Write the columns of all rows of at most 4,096 runs, by arrival; equal ones by run.

    A run is its int64 arrivals, the int32 row of each in the block (None: the first row, the
    second, ...), and the columns of the block: those that are to be written, at most 10, of items
    of 4 or 8 bytes. Runs need not be ascending; a few that are cost the least. Other threads run
    meanwhile. False if too many arrivals are much nearer to one another than others are: then
    nothing is written.

    Raises:
        ValueError: a run or the columns do not fit, are too many, or are not contiguous.
    """
