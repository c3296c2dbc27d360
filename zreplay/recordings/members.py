"""Pieces of a .gz or .zst file -> what they decompress to, one member or frame after another.

Rule 1: what a whole file decompresses to does not depend on how it is cut into pieces.
Rule 2: a truncated or damaged file yields the most if its last pieces are single bytes, and the
members exact: an error in a longer piece loses the rest of that piece.
Rule 3: zeros after a gzip member are padding, as in gzip; a skippable frame is nothing.
"""

import sys
import zlib
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

try:
    from isal import isal_zlib as fast_zlib
except ImportError:  # there is no build of it for this machine
    import zlib as fast_zlib  # type: ignore[no-redef]

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_GZIP_WINDOW_BITS: Final = 31
"""The largest window, with a gzip header."""


class Member(Protocol):
    """A decompressor of one gzip member or zstd frame, with the interface of Python's own."""

    @property
    def eof(self) -> bool:
        """True at the end of the member."""
        ...

    @property
    def needs_input(self) -> bool:
        """True when no more output can be produced from its input so far."""
        ...

    @property
    def unused_data(self) -> bytes:
        """Its input after the end of the member."""
        ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class Codec(NamedTuple):
    """A compression format; `begin_exact` is slower and yields all there is of a damaged file."""

    begin: Callable[[], Member]
    begin_exact: Callable[[], Member]
    errors: tuple[type[Exception], ...]
    padding: bytes = b""


class Members:
    """The members of one file as one stream.

    Raises:
        Exception: by `decompress`, one of the codec's errors: the data is damaged.
    """

    def __init__(self, begin: Callable[[], Member], padding: bytes) -> None:
        self._begin = begin
        self._padding = padding
        self._member: Member | None = None
        self._rest = b""

    @property
    def needs_input(self) -> bool:
        return not self._rest if self._member is None else self._member.needs_input

    @property
    def is_between(self) -> bool:
        """True between members: the file may end here."""
        return self._member is None

    def decompress(self, data: bytes, most_bytes: int) -> bytes:
        """Return up to this many more bytes, maybe none; `data` is empty unless it needs input."""
        if self._member is None:
            data = (self._rest + data).lstrip(self._padding)
            self._rest = b""
            if not data:
                return b""
            self._member = self._begin()
        piece = self._member.decompress(data, most_bytes)
        if self._member.eof:
            self._rest, self._member = self._member.unused_data, None
        return piece


class _Inflate(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def unconsumed_tail(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _GzipMember:
    """Gives zlib's interface the shape of the newer ones."""

    def __init__(self, inflate: _Inflate) -> None:
        self._inflate = inflate
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        piece = self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)
        self.needs_input = len(piece) < max_length
        return piece


GZIP: Final = Codec(
    begin=lambda: _GzipMember(fast_zlib.decompressobj(_GZIP_WINDOW_BITS)),
    begin_exact=lambda: _GzipMember(zlib.decompressobj(_GZIP_WINDOW_BITS)),
    # isal's stub has an instance where there is a class.
    errors=(zlib.error, fast_zlib.error),  # type: ignore[arg-type]
    padding=b"\0",
)
ZSTD: Final = Codec(zstd.ZstdDecompressor, zstd.ZstdDecompressor, (zstd.ZstdError,))


def beginning(data: bytes, codec: Codec, size: int) -> bytes:
    """Return the first bytes that the beginning of a file decompresses to, none if it does not."""
    try:
        return codec.begin().decompress(data, size)
    except codec.errors:
        return b""
