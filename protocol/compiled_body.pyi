"""The body of a BATCH or a RESULT -> its fields: what protocol/checks.py lets through, in C."""

from typing import Any

def batch(
    body: memoryview,
    run_bytes: int,
    cursor_bytes: int,
    text_bytes: int,
    quotes: int,
    modes: tuple[str, ...],
    /,
) -> tuple[Any, ...] | None:
    """Return the fields of a BATCH, the columns as a tuple, if all of them plainly fit.

    The limits are the length of a run's name, the most of a cursor, of a text and of a batch.
    What is large is a slice of the body. None says nothing of the body.
    """

def result(
    body: memoryview,
    run_bytes: int,
    cursor_bytes: int,
    text_bytes: int,
    quotes: int,
    stamps: tuple[str, ...],
    /,
) -> tuple[Any, ...] | None:
    """Return the fields of a RESULT in the same way."""
