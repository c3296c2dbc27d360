"""A column of local times is each of them in UTC; those that are not one instant are counted."""

import numpy as np
import pytest

from tests.forms import in_form
from tests.zreplay.recordings.csv.headers import read_header
from zreplay.recordings.csv.csv_lines import line_count
from zreplay.recordings.csv.csv_text import CsvText
from zreplay.recordings.csv.zone_columns import in_utc_ns
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.time_form import TimeForm


def test_a_column_is_what_each_of_its_times_is() -> None:
    form = TimeForm("", "ns", zone="America/New_York", day_ns=1)
    first = 1741487400 * 10**9  # half past two, of a night in which the clocks are changed
    local_ns = np.arange(first - 10**13, first + 10**13, 7 * 10**11)

    expected = [form.instant_ns(str(moment_ns - 1)) for moment_ns in local_ns.tolist()]
    assert expected == in_utc_ns(local_ns, "America/New_York").tolist()


@pytest.mark.parametrize("form", ["compiled", "plain"])
@pytest.mark.parametrize("block_lines", [1, 3, 100])
def test_times_that_are_no_one_instant_are_counted_once_a_row(form: str, block_lines: int) -> None:
    header = b"timestamp,local_timestamp,ticker,ask_price,bid_price"
    layout = read_header(header, "a.csv", FormatOptions(zone="America/New_York"))
    pairs = [
        ("2025-03-09 01:59:59", "2025-03-09 02:00:00.1"),
        ("2025-03-09 02:30:00", "2025-03-09 02:30:01"),
        ("2025-03-09 02:30:00Z", "2025-03-09 02:30:01-05:00"),  # these say their zone
        ("2025-03-09 02:30:00", "junk"),  # is no row
        ("2025-11-02 01:30:00", "2025-11-02 01:30:00"),
        ("2025-11-02 00:59:59", "2025-11-02 02:00:00"),
        ("2025-07-01 01:30:00", "2025-07-01 01:30:01"),
        ("2025-03-09 02:30:00", "2025-11-02 01:30:00"),  # of both, counts as skipped
    ]
    lines = [f"{taken},{local},A,2,1\n".encode() for taken, local in pairs]

    counts = np.zeros(3, np.int64)
    with in_form(form):
        text = CsvText(layout, 0)
        for first in range(0, len(lines), block_lines):
            data = b"".join(lines[first : first + block_lines])
            counts += text.read(data, len(data), line_count(data, len(data)), 7).notes
    assert [0, 3, 1] == counts.tolist()
