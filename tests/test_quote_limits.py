"""What a source accepts the wire can carry, up to the limit; the rest is rejected, with why."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol import codec
from protocol.limits import (
    INT64_MAX,
    INT64_MIN,
    MAX_BATCH_QUOTES,
    MAX_NAMES_BYTES,
    MAX_TICKER_CHARS,
    MAX_VERSION_CHARS,
)
from protocol.messages import HISTORICAL, STAMP_EXCHANGE, Batch, Result
from protocol.narrow_codes import widened_codes
from protocol.narrow_column import widened
from tests.quote_forms import FORMS, Text
from zmid.mid import mid_lines, result_of
from zmid.mid_rule import MidRule
from zmid.narrow_result import widened_result
from zreplay.delivery.narrow_batch import narrowed_batch
from zreplay.playback.playhead import Playhead
from zreplay.playback.replay_clock import FOREVER_NS
from zreplay.quotes.block import Block
from zreplay.quotes.source import Piece

in_every_form = pytest.mark.parametrize("form", FORMS)
BOTH_ENDS = ("1677-09-21 00:12:43.145224193", "2262-04-11 23:47:16.854775807")
LARGEST = "1.7976931348623157e308"
LONGEST_TICKER = "💥" * MAX_TICKER_CHARS
PLAIN = Text("7", "2025-10-02 00:00:00", "A", "1", "2", "1", "3", "5")
LARGEST_QUOTES = (
    PLAIN._replace(ticker=LONGEST_TICKER),
    PLAIN._replace(ticker="A" * MAX_TICKER_CHARS),
    PLAIN._replace(ask_price=LARGEST, bid_price=LARGEST, ask_amount=LARGEST, bid_amount=LARGEST),
    PLAIN._replace(ask_price="5e-324", bid_price="0", ask_amount="", bid_amount=f"-{LARGEST}"),
    PLAIN._replace(index=str(INT64_MAX)),
    PLAIN._replace(index=str(INT64_MIN)),
    PLAIN._replace(timestamp="2025-10-02T23:59:59.999999999Z"),
)
BEYOND = {
    "ticker": (PLAIN._replace(ticker="A" * 5000), f"longer than {MAX_TICKER_CHARS} characters"),
    "one character": (
        PLAIN._replace(ticker=LONGEST_TICKER + "A"),
        f"longer than {MAX_TICKER_CHARS} characters",
    ),
    "price": (PLAIN._replace(ask_price="1e309"), ""),
    "digits of a price": (PLAIN._replace(bid_price="9" * 5000), ""),
    "digits of an index": (PLAIN._replace(index="9" * 5000), ""),
    "amount": (PLAIN._replace(bid_amount="1e309"), ""),
    "index": (PLAIN._replace(index=str(2**63)), ""),
    "timestamp": (PLAIN._replace(timestamp="2262-04-11 23:47:16.854775808"), ""),
}


class _Pieces:
    """A source that has given its pieces already."""

    is_ended = True

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = list(pieces)

    def poll(self) -> Piece | None:
        return self._pieces.pop(0) if self._pieces else None

    def close(self) -> None: ...


def batches_of(pieces: Sequence[Piece]) -> Iterator[Batch]:
    """Send pieces through the wire's bytes, as large batches as may be."""
    head, first = Playhead(_Pieces(pieces)), 0
    while head.fill():
        cut, cursor = head.peek(min(MAX_BATCH_QUOTES, head.due_count(FOREVER_NS)))
        batch = Batch(
            run=bytes(16),
            epoch=1,
            first=first,
            count=cut.quotes,
            segment=0,
            reason="start",
            mode=HISTORICAL,
            attempt=1,
            cursor=cursor,
            arrival_ns=cut.latest_arrival_ns,
            version="v" * MAX_VERSION_CHARS,
            columns=cut.columns,
        )
        batch = narrowed_batch(batch)
        head.advance(cut.quotes)
        first += cut.quotes
        received = codec.decode(codec.encode(batch))
        assert isinstance(received, Batch)
        yield received


def rows_of_block(block: Block) -> Iterator[tuple[object, ...]]:
    names = [block.ticker_names[code] for code in block.ticker_codes]
    columns = [column.tobytes() for column in block.wide_columns]
    return _rows(columns, names)


def rows_of_batch(batch: Batch) -> Iterator[tuple[object, ...]]:
    codes = widened_codes(batch.columns.ticker_codes, batch.count).tolist()
    names = batch.columns.__struct_fields__[:7]
    wide = [bytes(widened(getattr(batch.columns, name), batch.count)) for name in names]
    return _rows(wide, [batch.columns.ticker_names[code] for code in codes])


def _rows(columns: list[bytes], names: list[str]) -> Iterator[tuple[object, ...]]:
    for row, name in enumerate(names):
        yield (*(column[8 * row : 8 * row + 8] for column in columns), name)


def check_travels(pieces: Sequence[Piece]) -> int:
    """See that all of it arrives as it was, and its lines too; return how many quotes it is."""
    batches = list(batches_of(pieces))
    given = [row for piece in pieces for row in rows_of_block(piece.block)]
    assert given == [row for batch in batches for row in rows_of_batch(batch)]
    rule = MidRule(20.0, STAMP_EXCHANGE)
    for batch in batches:
        lines = mid_lines(batch, rule, is_narrow=True)
        result = codec.decode(codec.encode(result_of(batch, lines, rule, worker="w", busy_ns=0)))
        assert isinstance(result, Result)
        result = widened_result(result)
        text = bytes(result.mids) + bytes(result.errors)
        assert batch.count == text.count(b"\n")
    return len(given)


@in_every_form
def test_the_largest_that_a_source_takes_fits_in_a_frame(form: str, tmp_path: Path) -> None:
    pieces, rejections = FORMS[form](tmp_path, LARGEST_QUOTES)

    assert [] == rejections
    assert len(LARGEST_QUOTES) == check_travels(pieces)


@in_every_form
@pytest.mark.parametrize("what", BEYOND)
def test_what_is_beyond_a_limit_is_rejected_and_the_rest_goes_on(
    what: str, form: str, tmp_path: Path
) -> None:
    quote, reason = BEYOND[what]

    pieces, rejections = FORMS[form](tmp_path, [PLAIN, quote, PLAIN])

    assert 2 == check_travels(pieces)
    assert 1 == len(rejections)
    assert reason in rejections[0].reason
    assert len(rejections[0].as_line()) < 1024


texts = st.builds(
    Text,
    index=st.sampled_from(("", "7", str(INT64_MAX), str(INT64_MIN), str(2**63), "9" * 400)),
    timestamp=st.sampled_from(
        (*BOTH_ENDS, "2025-10-02 00:00:00", "1970-01-01 00:00:00", "9999-12-31 00:00:00")
    ),
    ticker=st.builds(
        str.__mul__,
        st.sampled_from(("A", "ß", "€", "💥", '"', " ")),
        st.sampled_from((1, 2, 32, 33, MAX_TICKER_CHARS - 1, MAX_TICKER_CHARS, 257, 5000)),
    ),
    ask_amount=st.sampled_from(("", "1", LARGEST, "1e309", "9" * 309)),
    ask_price=st.sampled_from(("0", "1", LARGEST, "5e-324", "1e309", "-1")),
    bid_price=st.sampled_from(("0", "1", LARGEST, "5e-324")),
    bid_amount=st.sampled_from(("", f"-{LARGEST}")),
    latency=st.sampled_from(
        ("5", "-5", "5e-324", "9223372036854.775", "-9223372036854.775", "9223372036855", "1e308")
    ),
)


@in_every_form
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(quotes=st.lists(texts, max_size=30))
def test_every_quote_is_rejected_or_travels(form: str, tmp_path: Path, quotes: list[Text]) -> None:
    pieces, rejections = FORMS[form](tmp_path, quotes)

    assert len(quotes) == check_travels(pieces) + len(rejections)


def test_the_forms_of_a_csv_and_parquet_agree_on_what_is_beyond(tmp_path: Path) -> None:
    quotes = [*LARGEST_QUOTES, *(quote for quote, _ in BEYOND.values())]
    found = Counter(
        tuple(
            (rejection.column, rejection.reason) for rejection in read(tmp_path, quotes).rejections
        )
        for form, read in FORMS.items()
        if form not in ("live", "capture")
    )

    assert 1 == len(found)


@in_every_form
def test_names_that_fill_many_frames_travel(form: str, tmp_path: Path) -> None:
    count = MAX_NAMES_BYTES // (4 * MAX_TICKER_CHARS) + 300
    quotes = [
        PLAIN._replace(ticker=f"{number:04d}" + "💥" * (MAX_TICKER_CHARS - 4))
        for number in range(count)
    ]

    pieces, rejections = FORMS[form](tmp_path, quotes)

    assert [] == rejections
    assert count == check_travels(pieces)
