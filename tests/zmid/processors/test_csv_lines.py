"""A line for each row, whatever the columns are."""

import numpy as np
import pyarrow as pa

from zmid.processors.csv_lines import csv_lines


def test_columns_of_numpy_and_of_arrow_become_lines() -> None:
    names = np.array(["A", "B"], dtype=object)
    assert b"A,0.5,7,x\nB,nan,8,\n" == csv_lines(
        names, np.array([0.5, np.nan]), pa.array([7, 8]), pa.array(["x", None])
    )


def test_a_single_column_and_another_separator() -> None:
    assert b"1\n2\n" == csv_lines(np.array([1, 2]))
    assert b"1 3\n2 4\n" == csv_lines(np.array([1, 2]), np.array([3, 4]), separator=" ")


def test_rows_of_a_slice_are_those_of_the_slice() -> None:
    assert b"c\nd\n" == csv_lines(pa.array(["a", "b", "c", "d", "e"]).slice(2, 2))


def test_no_rows_are_no_bytes() -> None:
    assert (b"", b"") == (csv_lines(), csv_lines(np.array([], np.float64)))
