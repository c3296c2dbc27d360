"""What a replayer said at its end, and what its run knows -> the summary of the run."""

from typing import Any

import msgspec


def summed_up(said: bytes, resumed_at: int, seconds: float, restarts: int) -> dict[str, Any]:
    """Return the summary of a run that went on at a record, `seconds` after its start.

    The counts are of the whole run, the rate is of what this start committed: only what is
    committed is known of replayers that were killed. `said` is empty where the last one was.
    """
    try:
        summary = msgspec.json.decode(said, type=dict[str, Any])
    except msgspec.MsgspecError:
        summary = {"complete": False}
    summary.pop("session_quotes", None)
    quotes = max(0, summary.get("quotes", resumed_at) - resumed_at)
    if resumed_at:
        summary["resumed_at"] = resumed_at
    summary["seconds"] = round(seconds, 3)
    summary["quotes_per_second"] = round(quotes / seconds)
    summary["restarts"] = restarts
    return summary
