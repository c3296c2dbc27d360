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
    assert (15, 3) == (sum(bars.y), len(bars.x))
    assert np.all(np.isfinite(np.asarray(bars.x)))
    charts.latencies(Overview(), 20.0)  # not one quote


def test_no_latency_and_a_negative_one_are_a_category_left_of_all_others() -> None:
    overview = Overview()
    overview.latencies = np.histogram([-5.0, -1e-6, 0.0, 1e-6, 3.0], LATENCY_EDGES_MS)[0]
    figure = charts.latencies(overview, 1e-7)
    bars, axis = figure.data[0], figure.layout.xaxis

    assert ["0 or less", "1e-06 to 1.21e-06 ms", "2.61 to 3.16 ms"] == list(bars.text)
    assert [3, 1, 1] == list(bars.y)
    assert ("0 or less", bars.x[0]) == (axis.ticktext[0], axis.tickvals[0])
    assert bars.x[0] + bars.width[0] / 2 < 1e-7 < bars.x[1]
    assert 10 ** axis.range[0] < bars.x[0] - bars.width[0] / 2
    overview.latencies[0] = 0
    assert "0 or less" not in charts.latencies(overview, 20.0).layout.xaxis.ticktext


def test_the_run_is_drawn_on_its_own_clock_and_what_is_not_known_is_not() -> None:
    speed, waits = charts.speed_of_run(rows()), charts.waits_of_run(rows())

    assert [[10.0] * 3, [5.0] * 3] == [list(trace.y) for trace in speed.data]
    assert ["lateness (due to sent)", "receipt latency (live)"] == [one.name for one in waits.data]
    assert [0, 1, 2, 3] == list(waits.data[0].y)
