"""What is opened is what is wanted last, and what was wanted before says nothing any more."""

from protocol.messages import HISTORICAL, LIVE
from zreplay.delivery.openings import (
    Opening,
    Openings,
    OpenNextPass,
    OpenRun,
    OpenSought,
    ReturnToEnd,
)

RUN = OpenRun({HISTORICAL: b"h", LIVE: b"l"}, is_begun=True)


def opened(openings: Openings) -> list[Opening]:
    """Open all that is wanted, in its turn."""
    done: list[Opening] = []
    while (first := openings.first) is not None:
        done.append(first)
        assert openings.done(first)
    return done


def wanted(*all_of_them: Opening) -> Openings:
    openings = Openings()
    for opening in all_of_them:
        openings.add(opening)
    return openings


def test_each_is_opened_in_its_turn() -> None:
    assert [] == opened(Openings())
    assert [OpenNextPass(), ReturnToEnd()] == opened(wanted(OpenNextPass(), ReturnToEnd()))
    assert [RUN, OpenSought(7, b"h")] == opened(wanted(RUN, OpenSought(7, b"h")))


def test_a_seek_makes_void_where_the_files_were_to_go_before_but_not_the_run() -> None:
    last = OpenSought(9, b"h")

    assert [RUN, last] == opened(wanted(RUN, OpenSought(7, b"h"), last))
    assert [last] == opened(wanted(OpenNextPass(), ReturnToEnd(), last))


def test_a_run_that_goes_on_elsewhere_makes_void_all_that_was_wanted() -> None:
    again = OpenRun({HISTORICAL: b"", LIVE: b""}, is_begun=False)

    assert [again] == opened(wanted(RUN, OpenSought(7, b"h"), OpenNextPass(), again))


def test_what_is_void_and_is_opened_all_the_same_is_not_what_is_wanted() -> None:
    openings = wanted(OpenSought(7, b"h"))
    first = openings.first
    assert first is not None
    equal = OpenSought(7, b"h")
    openings.add(equal)

    assert (False, equal) == (openings.done(first), openings.first)
    assert openings.done(equal)
    assert not openings.done(equal)
