"""Records as arrays are the same quotes as Databento's own package makes of them, one by one."""

import math
from collections.abc import Mapping, Sequence
from random import Random

import databento_dbn as dbn
import numpy as np
import pytest

from tests.zreplay.recordings.dbn_bytes import (
    BBO_1S,
    BEGIN_NS,
    CMBP1,
    MBP1,
    SECOND_NS,
    TRADE,
    UNDEFINED_PRICE,
    UNDEFINED_TIME,
    metadata,
    record,
)
from zreplay.quotes.block import Block
from zreplay.recordings.dbn_records import QUOTE, DbnRecords, Name, cut

DAY = BEGIN_NS // (86_400 * SECOND_NS)
PRICES = (0, 1, -5, 10**9, 2**53 - 1, 2**53 + 1, -(2**62) - 1, UNDEFINED_PRICE, 5528750000000)


def read(
    data: bytes, names: Mapping[int, Sequence[Name]] = {}, *, has_latency: bool = True
) -> tuple[Block, list[tuple[int, str, str]], int]:
    found = cut(data)
    assert (len(data), False) == (found.size, found.is_damaged)
    records = DbnRecords(names, has_latency=has_latency)
    block, refused, left_out = records.read(data, found.starts, 0)
    return block, [(each.number, each.column, each.reason.text) for each in refused], left_out


def price_of(integer: int) -> float:
    return math.nan if integer == UNDEFINED_PRICE else integer / 10**9


@pytest.mark.parametrize("kinds", [(MBP1,), (CMBP1,), (BBO_1S,), (MBP1, TRADE), (TRADE, BBO_1S)])
def test_records_that_nobody_chose_are_the_quotes_that_the_package_reads(
    kinds: tuple[int, ...],
) -> None:
    chance = Random(str(kinds))
    records = [
        record(
            kind,
            number,
            instrument_id=chance.randrange(1, 5),
            **(
                {}
                if kind == TRADE
                else {
                    "bid_px_00": chance.choice(PRICES),
                    "ask_px_00": chance.choice(PRICES),
                    "bid_sz_00": chance.randrange(2**32),
                    "ask_sz_00": chance.randrange(2**32),
                }
            ),
        )
        for number, kind in enumerate(chance.choices(kinds, k=500))
    ]
    data = b"".join(records)
    block, refused, left_out = read(data)

    decoder = dbn.DBNDecoder()
    decoder.write(metadata() + data)
    theirs = [each for each in decoder.decode()[1:] if not isinstance(each, dbn.TradeMsg)]
    expected = [
        (
            each.ts_recv if isinstance(each, dbn.BBOMsg) else each.ts_event,
            each.ts_recv,
            price_of(each.levels[0].bid_px),
            price_of(each.levels[0].ask_px),
            float(each.levels[0].bid_sz),
            float(each.levels[0].ask_sz),
            str(each.instrument_id),
        )
        for each in theirs
    ]
    found = [
        (*numbers, block.ticker_names[code])
        for *numbers, code in zip(
            block.timestamp_ns.tolist(),
            block.arrival_ns.tolist(),
            block.bid_price.tolist(),
            block.ask_price.tolist(),
            block.bid_amount.tolist(),
            block.ask_amount.tolist(),
            block.ticker_codes.tolist(),
            strict=True,
        )
    ]
    assert repr(expected) == repr(found)
    assert ([], 500 - len(theirs)) == (refused, left_out)


def test_the_fields_stand_where_the_package_has_them() -> None:
    theirs = np.dtype(dbn.MBP1Msg._dtypes)
    pairs = {
        **{"kind": "rtype", "instrument": "instrument_id", "bid_price": "bid_px_00"},
        **{"ask_price": "ask_px_00", "bid_amount": "bid_sz_00", "ask_amount": "ask_sz_00"},
        **{"ts_event": "ts_event", "ts_recv": "ts_recv"},
    }

    assert QUOTE.fields is not None and theirs.fields is not None
    assert {ours: theirs.fields[name][1] for ours, name in pairs.items()} == {
        ours: QUOTE.fields[ours][1] for ours in pairs
    }


def test_a_name_is_that_of_the_day() -> None:
    names = {118: [(DAY - 1, DAY, "ESM4"), (DAY, DAY + 1, "ESU4")]}
    block, _, _ = read(
        record(MBP1, -1) + record(MBP1, 0) + record(MBP1, 86_400) + record(MBP1, instrument_id=7),
        names,
    )

    assert ["ESM4", "ESU4", "118", "7"] == [
        block.ticker_names[code] for code in block.ticker_codes.tolist()
    ]


def test_a_record_whose_time_is_none_is_refused_alone() -> None:
    data = b"".join(
        [
            record(MBP1, 0),
            record(MBP1, 1, ts_event=UNDEFINED_TIME),
            record(BBO_1S, 2, ts_event=UNDEFINED_TIME),  # no trade so far
            record(MBP1, 3, ts_recv=UNDEFINED_TIME - 1),
            record(BBO_1S, 4, ts_recv=UNDEFINED_TIME),
        ]
    )
    block, refused, _ = read(data)

    assert [0, 160] == block.position.tolist()
    assert [
        (1, "ts_event", "missing"),
        (3, "ts_recv", "outside of 64 bits of nanoseconds"),
        (4, "ts_event", "missing"),
    ] == refused


def test_without_a_latency_a_quote_arrives_when_it_was_made() -> None:
    block, _, _ = read(record(MBP1), has_latency=False)

    assert ([BEGIN_NS], [0.0]) == (block.arrival_ns.tolist(), block.latency_ms.tolist())


@pytest.mark.parametrize(
    ("rubbish", "is_damaged"),
    [
        (b"", False),
        (record(MBP1)[:79], False),
        (record(MBP1)[:1], False),
        (b"\x00" * 80, True),
        (bytes([20, 99]) + bytes(78), True),  # no such kind
        (bytes([4, 1]) + bytes(78), True),  # too short for its kind
        (b"timestamp,ticker,bid", True),
    ],
)
def test_what_is_no_record_ends_the_cut_before_it(rubbish: bytes, is_damaged: bool) -> None:
    found = cut(record(MBP1) + record(TRADE) + rubbish)

    size = 80 + len(record(TRADE))
    assert ([0, 80], size, is_damaged) == (found.starts.tolist(), found.size, found.is_damaged)
