"""What a live run wrote, held against its capture and against what the venues sent."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from tests.end_to_end.live_targets import Target
from tests.end_to_end.plain_capture import KILLED, PlainGap, gaps_of, holes_in, once
from tests.end_to_end.plain_quotes import PlainQuote, PlainReader
from tests.end_to_end.plain_records import records_of
from tests.end_to_end.venue_dialects import FIRST_MS
from tests.reference import mid_line
from zreplay.live.gap import SILENT, GapLine, OpenSilences

if TYPE_CHECKING:
    from tests.end_to_end.bad_network import BadNetwork


def check(target: Target, networks: "Sequence[BadNetwork]") -> tuple[int, int]:
    """Hold what was written against the capture and what was sent; return lines and copies."""
    records = records_of(target.state / "capture")
    quotes = once(records)
    expected = [
        mid_line(quote.time_ns, quote.bid, quote.ask).encode()
        for quote in quotes
        if quote.bid is not None and quote.ask is not None
    ]
    mids, errors = target.logs()
    lines = mids.splitlines(keepends=True)
    assert errors == b""
    assert expected[: len(lines)] == lines, "the log is not what was captured"
    told = (target.state / "gaps.log").read_bytes().splitlines(keepends=True)
    assert len(told) == len(set(told))
    for network in networks:
        gaps = gaps_of(records, network.dialect.venue)
        _check_feed(network, [each for each in quotes if each.venue == network.dialect.venue], gaps)
        _check_gaps(network, gaps, told)
        assert sum(gap.reason == KILLED for gap in gaps) <= target.replayers_killed
    _check_silences(told)
    reader = PlainReader()
    return len(lines), sum(len(reader.quotes_in(record)) for record in records) - len(quotes)


def _check_feed(network: "BadNetwork", quotes: list[PlainQuote], gaps: list[PlainGap]) -> None:
    first = 0 if network.dialect.venue == "binance" else FIRST_MS
    brought = Counter(quote.number - first for quote in quotes)
    more = {number: n for number, n in brought.items() if n > network.sent[number]}
    assert not more, f"more often than sent: {more}"
    assert not (holes := holes_in(quotes, gaps)), f"missing without a gap: {holes}"


def _check_gaps(network: "BadNetwork", gaps: list[PlainGap], told: list[bytes]) -> None:
    whole = [
        (line.from_, line.to, line.reason)
        for line in map(msgspec.json.Decoder(GapLine).decode, told)
        if line.reason != SILENT and line.venue == network.dialect.venue
    ]
    expected = [(_text(gap.from_ns), _text(gap.to_ns), gap.reason) for gap in gaps]
    assert expected[: len(whole)] == whole, "gaps.log is not what was captured"
    assert len(gaps) - len(whole) <= 1, "not all gaps are in gaps.log"


def _text(instant_ns: int) -> str:
    moment = datetime.fromtimestamp(instant_ns // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{instant_ns // 1_000_000 % 1000:03d}"


def _check_silences(told: list[bytes]) -> None:
    """Fail unless what was silent before a gap of the whole feed is told to be over."""
    open_ones = OpenSilences()
    for line in map(msgspec.json.Decoder(GapLine).decode, told):
        open_ones.take(line)
        assert not open_ones.ended_by(line), f"still silent: {line}"
