"""How a backfill stands: what is shown while it goes on, and said at its end. Pure."""

from collections.abc import Mapping

import msgspec


class Standing(msgspec.Struct):
    """How far it is; `oldest` is the window that is in flight for longest, and its seconds."""

    windows: int
    size_bytes: int
    done: int = 0
    done_bytes: int = 0
    ran_bytes: int = 0
    """Of these, what was not done before."""

    quotes: int = 0

    failed: int = 0
    again: int = 0
    hosts: Mapping[str, int] = {}
    oldest: tuple[int, float] | None = None


def in_words(standing: Standing, seconds: float) -> str:
    """Return how it stands in a line."""
    rate = round(standing.quotes / max(seconds, 1e-3))
    said = [
        f"{standing.done:,} of {standing.windows:,} partitions",
        f"{standing.done_bytes / 2**20:,.0f} of {standing.size_bytes / 2**20:,.0f} MiB",
        f"{rate:,} quotes/s",
    ]
    if standing.again:
        said.append(f"{standing.again:,} again")
    if standing.hosts:
        said.append(" ".join(f"{host}:{count}" for host, count in sorted(standing.hosts.items())))
    if standing.oldest is not None:
        said.append(f"oldest {standing.oldest[0]} for {standing.oldest[1]:.0f} s")
    if standing.failed:
        said.append(f"{standing.failed:,} failed")
    if standing.ran_bytes and standing.done_bytes < standing.size_bytes:
        left = seconds * (standing.size_bytes - standing.done_bytes) / standing.ran_bytes
        said.append(f"{left:,.0f} s left")
    return ", ".join(said)
