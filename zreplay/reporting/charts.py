"""What was counted -> charts. Each has axes with units, and a title that says what is drawn."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zreplay.inspection.report import Latency, LatencyBin, TickerRows
from zreplay.reporting.run_tally import LATENCY_EDGES_MS, Overview, TimeLine
from zreplay.supervision.rate_row import RateRow

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

HEIGHT: Final = 380
MARGIN: Final = {"l": 70, "r": 20, "t": 70, "b": 50}
"""At the top there is room for plotly's buttons above the title."""
MS: Final = 1e6
NO_LATENCY: Final = "0 or less"
APART: Final = 1.8
"""So far left of the least latency above 0 is the bar of what is 0 or less."""


def rate_over_time(line: TimeLine) -> "Figure":
    """Return quotes and mids a second of the recording's own time."""
    seconds = np.diff(line.edges_ns) / 1e9
    times = _times(line.edges_ns[:-1])
    figure = _figure("Quotes a second, by arrival", "", "quotes a second")
    for name, counts in (("quotes", line.quotes), ("mids", line.mids)):
        figure.add_scatter(x=times, y=counts / seconds, name=name, mode="lines", line_shape="hv")
    return figure


def latencies(overview: Overview, threshold_ms: float | None) -> "Figure":
    """Return how many quotes had which latency, and where the threshold is.

    The axis is logarithmic: what is 0 or less has a bar of its own, left of all others.
    """
    edges, counts = LATENCY_EDGES_MS.copy(), overview.latencies
    edges[1], edges[-1] = edges[2] / 10, edges[-2] * 10
    filled = [place for place in np.flatnonzero(counts).tolist() if place > 0]
    line_ms = [threshold_ms] if threshold_ms is not None and threshold_ms > 0 else []
    shown = [*(edges[place] for place in filled), *(edges[place + 1] for place in filled), *line_ms]
    least, most = min(shown, default=1.0), max(shown, default=1.0)
    edges[0], none_to = least / APART**2, least / APART
    figure = _figure("Latency (arrival - timestamp)", "ms", "quotes")
    bars = [0, *filled] if counts[0] else filled
    ends = [none_to if place == 0 else edges[place + 1] for place in bars]
    figure.add_bar(
        x=[(edges[place] + end) / 2 for place, end in zip(bars, ends, strict=True)],
        y=counts[bars],
        width=[(end - edges[place]) * 0.98 for place, end in zip(bars, ends, strict=True)],
        text=[_latency_name(place) for place in bars],
        name="quotes",
        textposition="none",
        hovertemplate="%{text}: %{y:,}<extra></extra>",
    )
    from_ms = edges[0] if counts[0] else least
    ticks = [10.0**power for power in range(-7, 7) if least <= 10.0**power <= most]
    names = [f"{tick:,.10g}" for tick in ticks]
    if counts[0]:
        ticks, names = [(edges[0] + none_to) / 2, *ticks], [NO_LATENCY, *names]
    reach = [np.log10(from_ms) - 0.1, np.log10(most) + 0.2]
    figure.update_xaxes(type="log", range=reach, tickvals=ticks, ticktext=names)
    if line_ms:
        line = {"dash": "dash"}
        figure.add_scatter(
            x=line_ms * 2, y=[0, int(counts.max())], name="threshold", mode="lines", line=line
        )
    return figure


def _latency_name(place: int) -> str:
    low, high = LATENCY_EDGES_MS[place : place + 2]
    if place == 0:
        return NO_LATENCY
    return f"above {low:,.0f} ms" if np.isinf(high) else f"{low:.3g} to {high:.3g} ms"


def latency_of_recording(latency: Latency) -> "Figure":
    """Return how many quotes of a recording had which latency; the bins are those of `inspect`."""
    figure = _figure("Latency, as recorded", "ms", "quotes")
    names = [_bin_name(each) for each in latency.histogram]
    figure.add_bar(x=names, y=[each.rows for each in latency.histogram], name="quotes")
    return figure


def _bin_name(of: LatencyBin) -> str:
    if of.from_ms is None:
        return f"below {of.to_ms:g}"
    return f"{of.from_ms:g} to {of.to_ms:g}" if of.to_ms is not None else f"above {of.from_ms:g}"


def tickers_of_recording(rows: Sequence[TickerRows]) -> "Figure":
    """Return the quotes of those tickers that have most."""
    figure = _figure("Tickers with most quotes", "", "quotes")
    figure.add_bar(x=[escape(row.ticker) for row in rows], y=[row.rows for row in rows])
    return figure


def mids_over_time(ticker: str, line: TimeLine) -> "Figure":
    """Return the mids of one ticker, and where its quotes were skipped."""
    series = line.series[ticker]
    figure = _figure(f"Mid of {escape(ticker)}", "", "price")
    arrivals, mids = _columns(series.line())
    figure.add_scatter(x=_times(arrivals), y=mids, name="mid", mode="lines")
    arrivals, middles = _columns(list(series.skipped.values()))
    marker = {"symbol": "x", "size": 5, "opacity": 0.6}
    figure.add_scatter(
        x=_times(arrivals),
        y=middles,
        name="skipped: over the threshold",
        mode="markers",
        marker=marker,
    )
    return figure


def speed_of_run(rows: list[RateRow]) -> "Figure":
    """Return how fast the run went, on the clock on the wall."""
    figure = _figure("Quotes a second, as the run went", "", "quotes a second")
    times = np.array([row.unix_ns for row in rows], np.int64)
    seconds = np.maximum(np.diff(times) / 1e9, 1e-3)
    for name in ("sent", "committed"):
        counts = np.array([getattr(row, name) for row in rows], np.int64)
        rates = np.maximum(0, np.diff(counts)) / seconds
        figure.add_scatter(x=_times(times[1:]), y=rates, name=name, mode="lines")
    return figure


def waits_of_run(rows: list[RateRow]) -> "Figure":
    """Return lateness, time to commit and receipt latency while the run went."""
    figure = _figure("p99 of lateness, of time to commit, of receipt latency", "", "ms")
    times = _times(np.array([row.unix_ns for row in rows], np.int64))
    named = (
        ("lateness (due to sent)", "lateness_p99_ns"),
        ("age (sent to committed)", "age_p99_ns"),
        ("receipt latency (live)", "receipt_p99_ns"),
    )
    for name, field in named:
        values = [getattr(row, field) for row in rows]
        if any(value is not None for value in values):
            ms = [None if value is None else value / MS for value in values]
            figure.add_scatter(x=times, y=ms, name=name, mode="lines")
    return figure


def _figure(title: str, x: str, y: str) -> "Figure":
    from plotly.graph_objects import Figure

    figure = Figure()
    figure.update_layout(
        title={
            **{"text": title, "x": 0, "xanchor": "left", "xref": "paper", "font": {"size": 15}},
            **{"y": 1, "yanchor": "bottom", "yref": "paper", "pad": {"b": 10}},
        },
        height=HEIGHT,
        margin=MARGIN,
        template="plotly_white",
        hovermode="x unified",
        legend={"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
    )
    figure.update_xaxes(title=x)
    figure.update_yaxes(
        title=y, exponentformat="none", rangemode="tozero" if y != "price" else "normal"
    )
    return figure


def _times(ns: Any) -> Any:
    return np.asarray(ns, np.int64).astype("datetime64[ns]").astype("datetime64[us]")


def _columns(pairs: list[tuple[int, float]]) -> tuple[list[int], list[float]]:
    return [first for first, _ in pairs], [second for _, second in pairs]
