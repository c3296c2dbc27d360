"""A stand-in for protocol.program.serving.serving that keeps what would be served."""

import contextlib
from collections.abc import Callable, Iterator


class FakeServing:
    """`asked[n]()` is what the program that began to serve as the nth waits for."""

    def __init__(self) -> None:
        self.asked: list[Callable[[], str]] = []

    @contextlib.contextmanager
    def __call__(
        self, _: str, collect: object, missing: Callable[[], str], page: object, **__: object
    ) -> Iterator[None]:
        self.asked.append(missing)
        yield
