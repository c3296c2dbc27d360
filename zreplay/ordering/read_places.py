"""Where each file resumes after a quote, kept packed for any number of files.

A batch asks for the places after its last quote. The cost is that of the places that changed
since the previous batch, not of all files.
"""

from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Final, NamedTuple

from zreplay.ordering.order_cursor import PLACE_BYTES, Key, OrderCursor, Resume, packed

CURSOR_BLOCKS: Final = 16
"""A cursor is available for any row of this many last taken blocks."""


class _Change(NamedTuple):
    """Once the quote with this key is sent, a file resumes elsewhere."""

    key: Key
    number: int
    place: bytes


class _Begun(NamedTuple):
    """A block with unsent quotes: where it begins, and the last of them to leave."""

    place: bytes
    last_key: Key


class _BlockPlaces:
    """The places within a taken block: those at its start, and how they change in it."""

    def __init__(self, last_key: Key, places: bytes, changes: Sequence[_Change]) -> None:
        self.last_key = last_key
        self._first_places = places
        self._changes = changes
        self._done = 0
        self._places = bytearray(places)

    def places_at(self, key: Key) -> bytes:
        """Return the places after a key; quick if keys are asked for in order."""
        if self._done and self._changes[self._done - 1].key > key:
            self._done, self._places = 0, bytearray(self._first_places)
        while self._done < len(self._changes) and self._changes[self._done].key <= key:
            _, number, place = self._changes[self._done]
            _put(self._places, number, place)
            self._done += 1
        return bytes(self._places)


class ReadPlaces:
    """The places of all files. One thread reads and takes; one, perhaps another, asks."""

    def __init__(self, starts: Sequence[Resume]) -> None:
        self._places = bytearray().join(map(packed, starts))
        self._begun: list[deque[_Begun]] = [deque() for _ in starts]
        self._ends = [packed(start) for start in starts]
        self._last_keys: list[tuple[Key, int]] = []
        # Replaced as a whole: another thread may be looking for a block in it.
        self._stretches: tuple[_BlockPlaces, ...] = ()

    def read(self, number: int, start: Resume, end: Resume, last_key: Key | None) -> None:
        """Record that a file was read from one place to another.

        `last_key` is that of the last quote to be sent of what was read, None if there is none.
        """
        begun = self._begun[number]
        self._ends[number] = packed(end)
        if last_key is not None and (not begun or last_key > begun[-1].last_key):
            begun.append(_Begun(packed(start), last_key))
            heappush(self._last_keys, (last_key, number))
        self._put_place(number)

    def taken(self, last_key: Key) -> None:
        """Record that all quotes up to this key were taken."""
        places, changes = bytes(self._places), []
        while self._last_keys and self._last_keys[0][0] <= last_key:
            key, number = heappop(self._last_keys)
            self._begun[number].popleft()
            changes.append(_Change(key, number, self._put_place(number)))
        stretch = _BlockPlaces(last_key, places, changes)
        self._stretches = (*self._stretches[1 - CURSOR_BLOCKS :], stretch)

    def cursor_at(self, key: Key) -> OrderCursor:
        """Return the cursor after a quote of one of the last CURSOR_BLOCKS taken blocks."""
        for stretch in self._stretches:
            if key <= stretch.last_key:
                return OrderCursor(key, stretch.places_at(key))
        return OrderCursor(key, bytes(self._places))

    def _put_place(self, number: int) -> bytes:
        """Record where a file now resumes."""
        begun = self._begun[number]
        place = begun[0].place if begun else self._ends[number]
        _put(self._places, number, place)
        return place


def _put(places: bytearray, number: int, place: bytes) -> None:
    places[number * PLACE_BYTES : (number + 1) * PLACE_BYTES] = place
