"""What if the latency had been different: `none`, `constant:5ms`, `scale:2`, `shift:-3ms`.

`recorded` is what the recording says.

A model replaces the latency of every row before anything is ordered, and its arrival with it:
timestamp + latency, as `arrival` adds them. All logs show the modelled latency.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec
import numpy as np
from msgspec.structs import replace

from protocol.errors import SettingsError
from protocol.span_text import span_of
from zreplay.quotes.arrival import arrivals_ns
from zreplay.quotes.block import Float64s, offset_of
from zreplay.quotes.rejection import NEVER_ARRIVES, Reason, Rejection
from zreplay.recordings.formats.format_options import NONE, RECORDED
from zreplay.recordings.source_block import SourceBlock

MOST_MS: Final = 10**15
MOST_FACTOR: Final = 10**12
_KINDS: Final[dict[str, Callable[[Float64s, float], Float64s]]] = {
    "constant": np.full_like,
    "scale": np.multiply,
    "shift": np.add,
}


class LatencyModel(msgspec.Struct, frozen=True):
    """`kind` is constant, scale or shift; `value` is milliseconds, of a scale the factor."""

    kind: str
    value: float

    @classmethod
    def parse(cls, text: str, name: str) -> "LatencyModel | None":
        """Read a model as it is written above; None is the latency as it is read, or none is.

        `name` is what the user calls it.

        Raises:
            SettingsError: it is none of them.
        """
        text = text.strip().lower()
        if text in (RECORDED, NONE):
            return None
        kind, _, written = text.partition(":")
        value = _factor(written) if kind == "scale" else _milliseconds(written)
        if kind not in _KINDS or value is None:
            raise SettingsError(
                f"{name} was {text!r}, which is not a latency model",
                fix=f"{name} recorded, none, constant:5ms, scale:2 or shift:-3ms",
                code="Z203",
            )
        return cls(kind, value)

    def __str__(self) -> str:
        """Write it the same however it was spelled."""
        return f"{self.kind}:{self.value!r}{'' if self.kind == 'scale' else 'ms'}"

    def apply(self, source: SourceBlock, file: str) -> tuple[SourceBlock, list[Rejection]]:
        """Return the rows with the modelled latency, and those that would never arrive."""
        block = source.block
        with np.errstate(over="ignore", invalid="ignore"):
            latency_ms = _KINDS[self.kind](block.latency_ms, self.value)
        arrival_ns, is_fit = arrivals_ns(block.timestamp_ns, latency_ms)
        modelled = replace(block, latency_ms=latency_ms, arrival_ns=arrival_ns)
        if is_fit.all():
            return source._replace(block=modelled), []
        rejections = []
        for row in np.flatnonzero(~is_fit).tolist():
            offset = offset_of(int(block.position[row]))
            reason = Reason(f"{NEVER_ARRIVES.text} with --latency {self}", NEVER_ARRIVES.code)
            value = repr(float(block.latency_ms[row]))
            rejections.append(
                Rejection(file, source.line_at(offset), offset, "latency", value, *reason)
            )
        return source._replace(block=modelled.take(np.flatnonzero(is_fit))), rejections


def _milliseconds(text: str) -> float | None:
    """Read `5ms`, `5` which is the same, `-250us`, `1.5s`; None if it is no length of time."""
    number = span_of(text, "ms")
    is_fit = number is not None and number.is_finite() and abs(number) < MOST_MS
    return float(number) if number is not None and is_fit else None


def _factor(text: str) -> float | None:
    """Read `2`, or `2x`, which is the same."""
    try:
        number = Decimal(text.removesuffix("x"))
    except InvalidOperation:
        return None
    return float(number) if number.is_finite() and abs(number) < MOST_FACTOR else None
