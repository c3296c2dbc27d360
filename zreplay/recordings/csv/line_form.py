"""How the values of a layout are written -> bytes, as the compiled code takes them."""

import re
import struct
from typing import Final

from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.formats.time_form import FAR_NS

MOST_FORM_CHARS: Final = 24
MOST_COMMENTS: Final = 8
MOST_KEPT_CHARS: Final = 16
_KEPT: Final = struct.Struct(f"=4q{MOST_KEPT_CHARS}s")


def form_of(layout: Layout) -> bytes:
    """Return how values are written as the C code takes it: `struct form` in lines.h."""
    times = layout.times
    template, is_bare = times.template, times.template.endswith("ssf")
    template = template.removesuffix("f")
    least, greatest = times.magnitude
    most = FAR_NS // times.unit_ns if times.unit else 0
    parts = ("YYYY", "MM", "DD", "hh", "mm", "ss")
    text = re.sub("[YMDhms]", "0", template)
    if "date" in layout.places:
        text = text.replace(" ", layout.delimiter, 1)
    comments = comment_starts(layout)
    return struct.pack(
        f"=17q{MOST_FORM_CHARS}s4q{MOST_COMMENTS}s",
        ord(layout.delimiter),
        layout.price_tens,
        layout.amount_tens,
        layout.may_be_negative,
        times.unit_ns,
        max(0, least),
        min(most, greatest),
        times.day_ns,
        is_bare,
        times.has_local_clock,
        len(template),
        *(template.find(part) for part in parts),
        text.encode(),
        2 if is_date_before_time(layout) else 1,
        len(layout.missing_prices),
        len(kept_of(layout)) // _KEPT.size,
        len(comments),
        comments,
    )


def is_date_before_time(layout: Layout) -> bool:
    places = layout.places
    return "date" in places and places["date"] + 1 == places["timestamp"]


def comment_starts(layout: Layout) -> bytes:
    return bytes(sorted({ord(comment[0]) for comment in layout.rows.comments}))


def kept_of(layout: Layout) -> bytes:
    """Return which rows count as the C code takes it: `struct kept` in kept.h."""
    packed = b""
    for place, kept in layout.rows.kept.items():
        texts = kept.texts or ("",)
        for number, text in enumerate(texts, 1):
            packed += _KEPT.pack(
                *(place, kept.bits, number == len(texts), len(text), text.encode()),
            )
    return packed
