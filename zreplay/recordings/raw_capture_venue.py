"""Of which venue a capture of another program is: as was said, by its address, or by its frames."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from protocol.errors import InputError
from zreplay.live.known_venues import known_venues, venue_of
from zreplay.live.venue import SomeQuotes, Venue
from zreplay.recordings.raw_capture_lines import Connected, RawFrame, RawLine

_UNTIMED: Final = "none"
"""So begins what a venue says of its times if it has none."""


class FoundVenue(NamedTuple):
    """A venue, and by what it was told."""

    venue: Venue
    why: str


def found_venue(said: str, lines: Sequence[RawLine], file: str) -> FoundVenue:
    """Return the venue of a capture that begins with these lines.

    Raises:
        SettingsError: there is no venue of the name that was said.
        InputError: none was said, and none or more than one fits.
    """
    if said:
        return FoundVenue(venue_of(said), "--venue")
    known = known_venues()
    hosts = {urlsplit(each.address).hostname for each in lines if isinstance(each, Connected)}
    there = [venue for venue in known if urlsplit(venue.url).hostname in hosts - {None}]
    if len(there) == 1:
        return FoundVenue(there[0], "its address")
    best = _best([each for each in lines if isinstance(each, RawFrame)], there or known)
    if len(best) == 1:
        return FoundVenue(best[0], "its messages")
    names = [venue.name for venue in best]
    what = f"it can be of {' or '.join(names)}" if names else "no venue that is known sends such"
    raise InputError(
        f"{file}: is a capture of another program, and {what}",
        fix=f"--venue {names[0] if names else 'NAME'}; zreplay reference venues lists them",
        code="Z402",
    )


def _best(frames: Sequence[RawFrame], venues: Iterable[Venue]) -> list[Venue]:
    """Return the venues that find most quotes in these frames; none if none does."""
    found = {venue.name: _quotes_in(frames, venue) for venue in venues}
    most = max((count for count, _ in found.values()), default=0)
    if not most:
        return []
    best = [venue for venue in venues if found[venue.name][0] == most]
    # Those that read alike may differ in whether their quotes have a time.
    fit = [venue for venue in best if found[venue.name][1] != venue.times.startswith(_UNTIMED)]
    return fit or best


def _quotes_in(frames: Sequence[RawFrame], venue: Venue) -> tuple[int, bool]:
    """Return how many quotes a venue finds, and whether they have its time."""
    read = venue.new_reader()
    count, is_timed = 0, False
    for frame in frames:
        said = read(frame.payload)
        quotes = said.quotes if isinstance(said, SomeQuotes) else said
        if isinstance(quotes, list):
            count += len(quotes)
            is_timed |= any(quote.timestamp_ns is not None for quote in quotes)
    return count, is_timed
