"""The names that some rows use, numbered anew: zreplay/quotes/used_names.py, in C."""

from collections.abc import Buffer

def used_names(names: tuple[str, ...], codes: Buffer, numbers: Buffer, /) -> tuple[str, ...]:
    """Return those of `names` that int32 `codes` use; write the int32 number of each code's.

    They keep their order; the same tuple is returned if all of them are used.

    Raises:
        ValueError: a code has no name, or the buffers do not fit each other.
    """
