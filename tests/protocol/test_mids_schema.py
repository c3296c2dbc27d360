"""A row of the table of mids begins with what it is of, and says times as instants."""

from protocol.mids_schema import INSTANT, MIDS_SCHEMA


def test_the_columns_are_those_that_the_documents_promise() -> None:
    names = "record arrival timestamp latency_ms ticker bid_price ask_price mid"

    assert names.split() == MIDS_SCHEMA.names
    assert [INSTANT] * 2 == [MIDS_SCHEMA.field(name).type for name in ("arrival", "timestamp")]
