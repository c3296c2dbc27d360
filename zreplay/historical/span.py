"""From when to when the quotes of some files arrive."""

from typing import NamedTuple


class Span(NamedTuple):
    """The first and the last arrival of the files; None is not known without reading through.

    If not `is_exact` they are those of a few rows: others may arrive before, between and behind.
    """

    first_ns: int | None
    last_ns: int | None
    is_exact: bool = True
