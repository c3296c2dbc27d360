"""How much of the files lies before some offsets: the share that has been sent, or read."""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from zreplay.recordings.source_block import FilePlace


class Extent(Protocol):
    """How large a file is, and how far it was read: a recording, or what is known of one."""

    @property
    def size_bytes(self) -> int: ...

    @property
    def place(self) -> FilePlace: ...

    def share(self, offset: int) -> float:
        """Return about how much of the file lies before an offset."""


def share_of(
    files: Iterable[Extent],
    reached: Mapping[int, int],
    begun: Mapping[int, int] | None = None,
    over: Collection[int] = (),
) -> float:
    """Return about how much of the files lies before the offsets `reached`, by file number.

    With `begun` only what lies behind those counts: they are where what was asked for begins.
    In a file that is not in it that is not before what was read; in one that is `over` nowhere.
    """
    before = whole = 0.0
    for number, file in enumerate(files):
        begin = 0.0
        if begun is not None:
            is_over = number not in begun and number in over
            begin = 1.0 if is_over else file.share(begun.get(number, file.place.offset))
        if number in reached:
            before += file.size_bytes * max(0.0, file.share(reached[number]) - begin)
        whole += file.size_bytes * (1 - begin)
    return min(1.0, before / max(1.0, whole))
