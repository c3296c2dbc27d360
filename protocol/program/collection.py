"""What a program imports is exempt from garbage collection: none of it is garbage.

A collection would visit all of it again and again, and in a child copy each page it visits.
What it makes afterwards is looked at seldom: nearly all of it is freed without that.
Imports next to nothing, for it comes first.
"""

import gc

SELDOM = 20_000
"""So many objects that may be in a cycle come between two looks: a block of a file is some ten."""


class ExemptFromCollection:
    """Within it nothing is collected, and what is there at its end never is; the rest seldom."""

    def __enter__(self) -> None:
        gc.disable()

    def __exit__(self, *_: object) -> None:
        gc.freeze()
        gc.set_threshold(SELDOM, *gc.get_threshold()[1:])
        gc.enable()
