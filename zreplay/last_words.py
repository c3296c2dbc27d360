"""The outcome of a run -> the summary that stays on the terminal."""

from typing import Any


def summary(outcome: dict[str, Any]) -> str:
    """Return the last words of a run; the places of the two logs come last."""
    late = outcome["lateness_ns"]
    end = "done" if outcome["complete"] else "stopped before the end"
    age = outcome.get("age_ns")
    counts = (
        ("mids", outcome["mids"]),
        ("over the latency threshold", outcome["latency_skipped"]),
        ("rejected", outcome["rejected"]),
        ("resent batches", outcome["resent_batches"]),
    )
    out = outcome["out"]
    return "\n".join(
        [
            f"{end} in {outcome['seconds']:,.1f} s: {outcome['quotes']:,} quotes, "
            f"{outcome['quotes_per_second']:,} a second",
            *(f"  {name:<26} {count:>15,}" for name, count in counts),
            f"  {'lateness':<26} {_times(late) if late['max'] else 'unpaced'}",
            *([f"  {'from sending to commit':<26} {_times(age)}"] if age and age["max"] else []),
            *([f"rejected rows: {out}/rejected.log"] if outcome["rejected"] else []),
            f"mid prices:    {out}/mid_prices.log",
            f"errors:        {out}/errors.log",
        ]
    )


def _times(summary_ns: dict[str, int]) -> str:
    return "  ".join(f"{name} {summary_ns[name] / 1e6:,.2f} ms" for name in ("p50", "p99", "max"))
