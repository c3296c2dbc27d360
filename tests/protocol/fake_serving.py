"""In the place of protocol.program.serving.serving: keeps what would be asked."""

import contextlib
from collections.abc import Callable, Iterator


class FakeServing:
    """`asked[n]()` is what the program that began to serve as the nth waits for."""

    def __init__(self) -> None:
        self.asked: list[Callable[[], str]] = []

    @contextlib.contextmanager
    def __call__(
        self, _: str, collect: object, missing: Callable[[], str], **__: object
    ) -> Iterator[None]:
        self.asked.append(missing)
        yield
