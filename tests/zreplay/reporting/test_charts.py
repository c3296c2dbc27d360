"""A chart draws what was counted."""

import numpy as np
import pytest

from zreplay.reporting.run_tally import LATENCY_EDGES_MS, Overview, TimeLine
from zreplay.supervision.rate_row import RateRow

pytest.importorskip("plotly", reason="plotly is not installed")

from zreplay.reporting import charts


def rows() -> list[RateRow]:
    return [
        RateRow(n * 10**9, "RUNNING", "live", 10 * n, 5 * n, 0, 0, 2, 10**6 * n, None, 3 * 10**6)
        for n in range(4)
    ]


def test_rates_are_quotes_by_seconds() -> None:
    line = TimeLine(0, 600 * 10**9, ())
    line.quotes[:] = 7
    figure = charts.rate_over_time(line)

    assert ["quotes", "mids"] == [trace.name for trace in figure.data]
    assert np.allclose(7, figure.data[0].y)


def test_the_threshold_is_in_the_chart_of_latencies_where_there_is_one() -> None:
    overview = Overview()
    overview.latencies[[0, 40, -1]] = 5

    assert ["quotes", "threshold"] == [one.name for one in charts.latencies(overview, 20.0).data]
    assert ["quotes"] == [one.name for one in charts.latencies(overview, None).data]
    bars = charts.latencies(overview, None).data[0]
    assert (15, len(LATENCY_EDGES_MS) - 1) == (sum(bars.y), len(bars.x))
    assert np.all(np.isfinite(np.asarray(bars.x)))
    charts.latencies(Overview(), 20.0)  # not one quote


def test_the_run_is_drawn_on_its_own_clock_and_what_is_not_known_is_not() -> None:
    speed, waits = charts.speed_of_run(rows()), charts.waits_of_run(rows())

    assert [[10.0] * 3, [5.0] * 3] == [list(trace.y) for trace in speed.data]
    assert ["lateness (due to sent)", "receipt latency (live)"] == [one.name for one in waits.data]
    assert [0, 1, 2, 3] == list(waits.data[0].y)
