"""What the operator reads of one connection of a live feed."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from zreplay.live.feed_talk import FeedTalk

MAX_NAMES: Final = 10
UNVERIFIED: Final = " [unverified]"


class FeedStatus(NamedTuple):
    """What the operator wants to know of one live address; times are Unix time.

    `state` is off, connecting, connected or reconnecting; or why nothing is captured:
    disk full, disk error, capture full. `latency_ns` is receipt - exchange of the last quotes,
    `off_ns` that of the last message of the plain shape whose time is a day or more off.
    What follows it is of venues only: `untimed` are quotes without a time of the venue, `symbols`
    how many subscriptions are in which state; `lack` says that nothing that came is a quote;
    `shows` is what the venue's channel gives.
    """

    url: str
    state: str
    messages: int
    reconnects: int
    last_message_ns: int | None
    last_error: str
    next_try_ns: int | None
    latency_ns: dict[str, int] | None
    venue: str = ""
    quotes: int | None = None
    untimed: int = 0
    symbols: dict[str, int] | None = None
    silent: str = ""
    refused: str = ""
    not_quotes: tuple[dict[str, Any], ...] = ()
    lack: str = ""
    shows: str = ""
    off_ns: int | None = None


def with_talk(status: FeedStatus, talk: FeedTalk | None, now_ns: int) -> FeedStatus:
    """Add what is known of a venue at a monotonic time."""
    if talk is None:
        return status
    subscriptions, read_ns = talk.subscriptions, talk.reading.read_ns(now_ns)
    refused = [f"{name}: {reason}" for name, reason in [*subscriptions.refused.items()]]
    return status._replace(
        venue=talk.venue.name,
        quotes=talk.quotes,
        untimed=talk.untimed,
        latency_ns=talk.receipts.summary_ns(),
        symbols=subscriptions.counts(read_ns),
        silent=names_text(subscriptions.silent(read_ns)),
        refused=names_text(refused, "; "),
        not_quotes=tuple(
            {"kind": kind, "count": count} for kind, count in talk.unknown.most_common()
        ),
        lack=talk.not_quotes,
        shows=talk.venue.shows + ("" if talk.venue.is_verified else UNVERIFIED),
    )


def names_text(names: Iterable[str], separator: str = ", ") -> str:
    """Return the first of the names, and how many more there are."""
    names = list(names)
    more = len(names) - MAX_NAMES
    return separator.join(names[:MAX_NAMES]) + (f" ... {more} more" if more > 0 else "")
