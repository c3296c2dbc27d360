"""The latency threshold as an option takes it."""

import click

from protocol.program.threshold import NO_THRESHOLD_MS, OFF
from protocol.span_text import span_of


class Threshold(click.ParamType[float]):
    """Milliseconds, a number with a unit, or `off`; `check_threshold` is for the option to call."""

    name = "threshold"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        text = str(value).strip().lower()
        if text == OFF:
            return NO_THRESHOLD_MS
        threshold_ms = span_of(text, "ms")
        if threshold_ms is None:
            self.fail(f"{value!r} is not a number of milliseconds, nor {OFF}.", param, ctx)
        return float(threshold_ms)
