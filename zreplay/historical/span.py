"""From when to when the quotes of some files arrive."""

from collections.abc import Iterable
from typing import NamedTuple

from zreplay.recordings.index.entries import Prefix


class Span(NamedTuple):
    """The first and the last arrival of the files; None is not known without reading through.

    If not `is_exact` they are those of a few rows: others may arrive before, between and behind.
    """

    first_ns: int | None
    last_ns: int | None
    is_exact: bool = True


def span_of_wholes(wholes: Iterable[Prefix]) -> Span:
    """Return that of files, by what is known of all of each."""
    with_rows = [whole for whole in wholes if whole.rows]
    return Span(
        min((whole.least_arrival_ns for whole in with_rows), default=None),
        max((whole.greatest_arrival_ns for whole in with_rows), default=None),
    )
