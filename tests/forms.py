"""The two forms of what is also written in C: compiled, and plain Python, which defines it."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from protocol import compiled_parts

FORMS = ("compiled", "plain")
NOT_IN_USE = f"the parts in C are not in use: {compiled_parts.in_words()}"


@contextmanager
def in_form(form: str) -> Iterator[None]:
    """Let this process use the compiled parts, if they are there, or be as if they were not."""
    is_pure = compiled_parts.is_pure or form == "plain"
    with patch.object(compiled_parts, "is_pure", is_pure):
        yield


@contextmanager
def built_without(*missing: str) -> Iterator[None]:
    """Let all parts be built and in use except these."""
    with (
        patch.object(compiled_parts, "is_pure", False),
        patch.object(compiled_parts, "_is_built", lambda part: part not in missing),
    ):
        yield
