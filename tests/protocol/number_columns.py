"""Columns of 8-byte numbers for the tests: anything, and what is nearly narrow."""

import struct

from hypothesis import strategies as st

from protocol.limits import INT64_MAX, INT64_MIN

NAN_BITS = 0x7FF8000000000000
OTHER_NAN_BITS = 0xFFF8000000000001
_MINUS_ZERO_BITS, _INFINITY_BITS, _LEAST_BITS = 1 << 63, 0x7FF << 52, 1
ODD_BITS = (NAN_BITS, OTHER_NAN_BITS, _MINUS_ZERO_BITS, _INFINITY_BITS, _LEAST_BITS)


def bits_of(number: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", number))[0])


def packed(bits: list[int]) -> bytes:
    """Return the column of numbers of these bits, or of these integers modulo 2**64."""
    return struct.pack(f"<{len(bits)}Q", *(each % 2**64 for each in bits))


def unpacked(column: bytes) -> list[float]:
    return [*struct.unpack(f"<{len(column) // 8}d", column)]


@st.composite
def integer_columns(draw: st.DrawFn) -> bytes:
    """Any integers, or some of a few units, a step, or a few more than an int64 holds."""
    count = draw(st.integers(0, 60))
    base = draw(st.integers(INT64_MIN, INT64_MAX) | st.integers(-1000, 1000))
    unit = 10 ** draw(st.integers(0, 12))
    width = draw(st.integers(0, 64))
    step = draw(st.integers(INT64_MIN, INT64_MAX) | st.integers(-3, 3))
    offsets = draw(st.lists(st.integers(0, 2**width - 1), min_size=count, max_size=count))
    stepping = [base + step * row for row in range(count)]
    spread = [base + unit * offset for offset in offsets]
    odd = draw(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 2**64 - 1)), max_size=1))
    integers = draw(st.sampled_from((stepping, spread, offsets)))
    for row, value in odd:
        integers[row:count] = [value, *integers[row + 1 : count]][: max(0, count - row)]
    return packed(integers)


@st.composite
def float_columns(draw: st.DrawFn) -> bytes:
    """Decimals of one scale or of several, with what is none of them among them."""
    count = draw(st.integers(0, 60))
    scales = draw(st.lists(st.integers(0, 17), min_size=1, max_size=3))
    most = 2 ** draw(st.integers(0, 60))
    decimals = st.builds(
        lambda integer, scale: bits_of(integer / 10**scale),
        st.integers(-most, most),
        st.sampled_from(scales),
    )
    any_bits = st.integers(0, 2**64 - 1)
    others = draw(
        st.sampled_from((decimals, st.just(NAN_BITS), st.sampled_from(ODD_BITS), any_bits))
    )
    numbers = draw(st.lists(decimals | others, min_size=count, max_size=count))
    return packed(numbers)
