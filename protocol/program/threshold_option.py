"""The latency threshold as an option takes it."""

import click

from protocol.program.threshold import NO_THRESHOLD_MS, OFF, check_threshold


class Threshold(click.ParamType[float]):
    """Milliseconds with or without `ms`, or `off`."""

    name = "threshold"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        text = str(value).strip().lower()
        if text == OFF:
            return NO_THRESHOLD_MS
        try:
            threshold_ms = float(text.removesuffix("ms"))
        except ValueError:
            self.fail(f"{value!r} is not a number of milliseconds, nor {OFF}.", param, ctx)
        check_threshold(threshold_ms)
        return threshold_ms
