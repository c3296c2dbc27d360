"""A length of time in seconds as an option takes it: `2`, `2s`, `500ms`."""

import click

from protocol.span_text import span_of


class Seconds(click.ParamType[float]):
    """Seconds, or a number with a unit."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = span_of(str(value), "s")
        if seconds is None:
            self.fail(f"{value!r} is not a time such as 2s or 500ms.", param, ctx)
        return float(seconds)
