"""A column of times as pyarrow read it -> instants, and which of them the judge has to see."""

import re
from typing import Any, Final

import numpy as np
import pyarrow as pa

from protocol.limits import INT64_MAX
from zreplay.quotes.arrow_batch import ArrowColumn
from zreplay.quotes.block import Bools, Int64s
from zreplay.quotes.timestamp_text import OFFSET, SHORTEST_CHARACTERS
from zreplay.recordings.csv.zone_columns import in_utc_ns
from zreplay.recordings.formats.time_form import FAR_NS, ISO, TimeForm, pattern_of

# pyarrow's own integers would read `0x10` as 16.
INTEGER: Final = pa.decimal128(19, 0)
# As text first: pyarrow's own times may lack the hour, and cannot be with and without a `Z`.
TEXT: Final = pa.string()
_OFFSET: Final = f"(?:{OFFSET})$"
_JOINT: Final = r"^(.{10})D"
_DAY_CHARACTERS: Final = len("2025-10-02")
_NO_TIME: Final = INT64_MAX


def column_type(times: TimeForm) -> pa.DataType:
    """Return what pyarrow is to read times of this form as."""
    return INTEGER if times.unit else TEXT


def instants_ns(column: ArrowColumn, times: TimeForm) -> tuple[Int64s, Bools]:
    """Return n instants, and which of the n values look odd: they may be no time.

    Raises:
        pyarrow.ArrowInvalid: some value can only be read by the judge.
    """
    if pa.types.is_timestamp(column.type):  # as Parquet keeps them, in UTC
        return filled(column.view(pa.int64()), 0), ~_valid(column)
    if times.unit:
        moment_ns, is_odd = _numbers_ns(column, times)
    else:
        moment_ns, is_odd = _texts_ns(column, times)
    if times.has_local_clock:
        moment_ns = in_utc_ns(moment_ns, times.zone)
    return moment_ns, is_odd


def _numbers_ns(column: ArrowColumn, times: TimeForm) -> tuple[Int64s, Bools]:
    number = filled(as_integers(column), _NO_TIME)
    least, greatest = times.magnitude
    limit = FAR_NS // times.unit_ns
    is_odd = (number > min(limit, greatest)) | (number < max(-limit, least))
    is_odd |= number == 0  # which pyarrow also makes of 5e-39
    moment_ns = np.where(is_odd, 0, number) * times.unit_ns + times.day_ns
    return moment_ns, is_odd


def _texts_ns(text: ArrowColumn, times: TimeForm) -> tuple[Int64s, Bools]:
    import pyarrow.compute as pa_compute  # takes 30 ms

    is_odd = np.zeros(len(text), np.bool_)
    if times.template != ISO:
        pattern, replacement = _as_iso(times.template)
        if pa_compute.all(pa_compute.match_substring_regex(text, pattern)).as_py() is False:
            raise pa.ArrowInvalid("a time of another form")
        text = pa_compute.replace_substring_regex(text, pattern, replacement)
    is_zoned = pa_compute.ends_with(text, "Z")
    if pa_compute.any(is_zoned).as_py():
        text = pa_compute.if_else(is_zoned, pa_compute.utf8_slice_codeunits(text, 0, -1), text)
        if times.has_local_clock:
            is_odd |= is_zoned.to_numpy(zero_copy_only=False)
    lengths = pa_compute.binary_length(text).to_numpy()  # type: ignore[call-overload]  # it is text
    is_odd |= lengths < SHORTEST_CHARACTERS
    if (lengths == 0).any():
        text = pa_compute.if_else(pa_compute.not_equal(text, pa.scalar("")), text, None)
    kind: pa.TimestampType[Any, Any] = pa.timestamp("ns")
    if len(text) and re.search(_OFFSET, text[0].as_py() or ""):
        if pa_compute.all(pa_compute.match_substring_regex(text, _OFFSET)).as_py() is False:
            raise pa.ArrowInvalid("a time without an offset among others")
        kind = pa.timestamp("ns", "UTC")
        is_odd |= is_zoned.to_numpy(zero_copy_only=False)  # an offset, and a `Z` behind it
        if times.has_local_clock:
            is_odd[:] = True
    if len(text) and (text[0].as_py() or "")[_DAY_CHARACTERS : _DAY_CHARACTERS + 1] == "D":
        text = pa_compute.replace_substring_regex(text, _JOINT, r"\1 ")
    moment_ns = filled(text.cast(kind).view(pa.int64()), 0)
    if kind.tz is not None:
        is_odd |= np.abs(moment_ns) > FAR_NS
    return moment_ns + times.day_ns, is_odd


def _as_iso(template: str) -> tuple[str, str]:
    """Return the pattern of a template, and what makes ISO of a text that matches it."""
    pattern = f"^{pattern_of(template).pattern}$"
    groups = {name: rf"\{number}" for name, number in pattern_of(template).groupindex.items()}
    day = "-".join(groups.get(name, "") for name in ("YYYY", "MM", "DD"))
    time = ":".join(groups.get(name, "00") for name in ("hh", "mm", "ss"))
    point = "." if template.endswith("ssf") else ""
    if "YYYY" not in groups:
        day = "1970-01-01"
    if not point:
        # The point belongs to what is kept, as there may be none.
        pattern = pattern.replace(r"(?:\.(?P<f>[0-9]{1,9}))?", r"(?P<f>(?:\.[0-9]{1,9})?)")
    return pattern, f"{day} {time}{point}{groups['f']}{groups['offset']}"


def as_integers(column: ArrowColumn) -> ArrowColumn:
    """Return 64-bit integers.

    Raises:
        pyarrow.ArrowInvalid: some value is none.
    """
    return column if pa.types.is_int64(column.type) else column.cast(pa.int64())


def filled(chunk: ArrowColumn, when_empty: int) -> Int64s:
    """Return 64-bit integers, with this one where there is none."""
    if chunk.null_count:
        # A Python integer would first be made a scalar, which looks for packages each time.
        chunk = chunk.fill_null(pa.scalar(when_empty, pa.int64()))
    integers: Int64s = chunk.to_numpy()
    return integers


def _valid(chunk: ArrowColumn) -> Bools:
    if not chunk.null_count:
        return np.ones(len(chunk), np.bool_)
    is_valid: Bools = chunk.is_valid().to_numpy(zero_copy_only=False)
    return is_valid
