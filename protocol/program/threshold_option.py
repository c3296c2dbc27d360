"""The latency threshold as an option takes it."""

import click

from protocol.program.threshold import NO_THRESHOLD_MS, OFF


class Threshold(click.ParamType[float]):
    """Milliseconds with or without `ms`, or `off`; `check_threshold` is for the option to call."""

    name = "threshold"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        text = str(value).strip().lower()
        if text == OFF:
            return NO_THRESHOLD_MS
        try:
            return float(text.removesuffix("ms"))
        except ValueError:
            self.fail(f"{value!r} is not a number of milliseconds, nor {OFF}.", param, ctx)
