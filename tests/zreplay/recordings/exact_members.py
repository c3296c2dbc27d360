"""What can be decompressed of a file, the plainest way: byte by byte, until it ends or fails."""

import random
import zlib
from collections.abc import Callable

from zreplay.recordings.members import zstd


def gunzipped(compressed: bytes) -> bytes:
    """Return all that Python's own zlib gives."""
    content = b""
    member = zlib.decompressobj(31)
    try:
        for at in range(len(compressed)):
            byte = compressed[at : at + 1]
            if member.eof and byte == b"\0":
                continue
            if member.eof:
                member = zlib.decompressobj(31)
            content += member.decompress(byte)
    except zlib.error:
        pass
    return content


def unzstd(compressed: bytes) -> bytes:
    """Return all that the zstd of Python 3.14 gives."""
    content = b""
    frame = zstd.ZstdDecompressor()
    try:
        for at in range(len(compressed)):
            if frame.eof:
                frame = zstd.ZstdDecompressor()
            content += frame.decompress(compressed[at : at + 1])
    except zstd.ZstdError:
        pass
    return content


def skippable(content: bytes) -> bytes:
    """Return a frame of zstd that says nothing."""
    return b"\x5a\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content


def checked_zstd(content: bytes) -> bytes:
    """Compress into a frame with a checksum behind it."""
    return zstd.compress(content, options={zstd.CompressionParameter.checksum_flag: 1})


def in_members(
    content: bytes, compress: Callable[[bytes], bytes], between: bytes, seed: int
) -> bytes:
    """Compress as several members, some of them empty."""
    cuts = sorted(random.Random(seed).choices(range(len(content)), k=3))
    cuts = [0, 0, *cuts, len(content)]
    parts = [content[start:end] for start, end in zip(cuts, cuts[1:], strict=False)]
    return between.join(map(compress, parts))
