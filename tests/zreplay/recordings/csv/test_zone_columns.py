"""A column of local times is each of them in UTC."""

import numpy as np

from zreplay.recordings.csv.zone_columns import in_utc_ns
from zreplay.recordings.formats.time_form import TimeForm


def test_a_column_is_what_each_of_its_times_is() -> None:
    form = TimeForm("", "ns", zone="America/New_York", day_ns=1)
    first = 1741487400 * 10**9  # half past two, of a night in which the clocks are changed
    local_ns = np.arange(first - 10**13, first + 10**13, 7 * 10**11)

    expected = [form.instant_ns(str(moment_ns - 1)) for moment_ns in local_ns.tolist()]
    assert expected == in_utc_ns(local_ns, "America/New_York").tolist()
