"""The outcome of a run -> the summary that stays on the terminal."""

from typing import Any, Final

from protocol.program.event_text import printable
from zreplay.controls.status import pass_text

LEFT_OUT: Final = (
    ("left_out", "left out by the format"),
    ("skipped_times", "times the zone skips"),
    ("repeated_times", "times the zone has twice"),
    ("outside_session", "outside the session"),
    ("repeated", "left out by --dedupe"),
)
"""Counts of what was read and is neither a quote nor rejected, and what they are called."""
LEAST_SECONDS: Final = 0.05
"""Less is not worth mentioning."""


def summary(outcome: dict[str, Any]) -> str:
    """Return the summary of a run; the paths of the two logs come last."""
    late = outcome["lateness_ns"]
    has_ended = outcome["complete"] or outcome.get("ended")
    end = "done" if has_ended else "stopped before the end"
    age = outcome.get("age_ns")
    counts = (
        ("mids", outcome["mids"]),
        ("over the latency threshold", outcome["latency_skipped"]),
        *([("blank: a side is missing", blank)] if (blank := outcome.get("blank")) else []),
        ("rejected", outcome["rejected"]),
        *((text, count) for name, text in LEFT_OUT if (count := outcome.get(name))),
        ("resent batches", outcome["resent_batches"]),
        *([("parts restarted", again)] if (again := outcome.get("restarts")) else []),
    )
    out = outcome["out"]
    return "\n".join(
        [
            f"{end} in {outcome['seconds']:,.1f} s: {rate_text(outcome)}",
            *(f"  {name:<26} {count:>15,}" for name, count in counts),
            f"  {'lateness':<26} {_times(late) if late['max'] else 'unpaced'}",
            *(f"  {'format':<26} {printable(text)}" for text in outcome.get("formats", {})),
            *_passes(outcome),
            *_speed(outcome),
            *_waits(outcome),
            *([f"  {'from sending to commit':<26} {_times(age)}"] if age and age["max"] else []),
            *([f"rejected rows: {out}/rejected.log"] if outcome["rejected"] else []),
            f"mid prices:    {out}/mid_prices.log",
            f"errors:        {out}/errors.log",
        ]
    )


def rate_text(outcome: dict[str, Any]) -> str:
    """Return how many quotes this start committed and how fast; of a resumed run also all."""
    quotes, resumed_at = outcome["quotes"], outcome.get("resumed_at", 0)
    rate = f"{quotes - resumed_at:,} quotes, {outcome['quotes_per_second']:,} a second"
    return f"{rate}; {quotes:,} since the first start" if resumed_at else rate


def _passes(outcome: dict[str, Any]) -> list[str]:
    """Return which pass of a loop was the last."""
    text = pass_text(outcome) if "passes" in outcome else ""
    return [f"  {'loop':<26} {text}"] if text else []


def _speed(outcome: dict[str, Any]) -> list[str]:
    """Return how fast the recording was played, if it was paced."""
    asked, achieved = outcome.get("speed", "max"), outcome.get("achieved_speed")
    if asked == "max" or achieved is None:
        return []
    return [f"  {'speed':<26} {asked} asked, {achieved:.4g}x achieved"]


def _waits(outcome: dict[str, Any]) -> list[str]:
    """Return what was waited for and its effect, as far as it is worth mentioning."""
    names = {
        "window_blocked_ns": "for the sink",
        "workers_blocked_ns": "for workers",
        "starved_ns": "for the source",
        "frozen_ns": "frozen",
        "stretched_ns": "by which the clock moved",
        "skipped_ns": "cut from gaps",
    }
    seconds = {text: outcome.get(name, 0) / 1e9 for name, text in names.items()}
    said = [f"{value:,.1f} s {text}" for text, value in seconds.items() if value >= LEAST_SECONDS]
    return [f"  {'waited':<26} {'  '.join(said)}"] if said else []


def _times(summary_ns: dict[str, int]) -> str:
    return "  ".join(f"{name} {summary_ns[name] / 1e6:,.2f} ms" for name in ("p50", "p99", "max"))
