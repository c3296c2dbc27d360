"""DBN files of our making: metadata by databento-dbn, records as its layouts have them."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import databento_dbn as dbn
import numpy as np

UNDEFINED_PRICE = 2**63 - 1
UNDEFINED_TIME = 2**64 - 1
SECOND_NS = 10**9
BEGIN_NS = 1_719_878_400 * SECOND_NS  # 2024-07-02
MBP1, TRADE, CMBP1, BBO_1S = 1, 0, 177, 195
SAMPLES = {MBP1: dbn.MBP1Msg, CMBP1: dbn.CMBP1Msg, BBO_1S: dbn.BBOMsg, TRADE: dbn.TradeMsg}


class _Interval(NamedTuple):
    symbol: str
    start_date: date
    end_date: date


class _Mapping(NamedTuple):
    raw_symbol: str
    intervals: list[_Interval]


def metadata(schema: str = "mbp-1", names: Sequence[tuple[str, str, date, date]] = ()) -> bytes:
    """The head of a file; each name is a symbol, its number, and from which day up to which."""
    mappings = [_Mapping(symbol, [_Interval(*interval)]) for symbol, *interval in names]
    return bytes(
        dbn.Metadata(
            "GLBX.MDP3",
            BEGIN_NS,
            dbn.SType.RAW_SYMBOL,
            dbn.SType.INSTRUMENT_ID,
            dbn.Schema.from_str(schema),
            mappings=mappings,  # type: ignore[arg-type]  # which wants their attributes alone
        )
    )


def record(kind: int, number: int = 0, **fields: int) -> bytes:
    """A record of a kind, a second behind the one before; latency is a microsecond."""
    dtype = np.dtype(SAMPLES[kind]._dtypes)
    one = np.zeros(1, dtype)
    values = {
        "length": dtype.itemsize // 4,
        "rtype": kind,
        "instrument_id": 118,
        "ts_event": BEGIN_NS + number * SECOND_NS,
        "ts_recv": BEGIN_NS + number * SECOND_NS + 1000,
        **({} if kind == TRADE else {"bid_px_00": 100 * 10**9, "ask_px_00": 101 * 10**9}),
        **fields,
    }
    for name, value in values.items():
        one[name] = value
    return one.tobytes()
