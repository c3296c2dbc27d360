"""A consumer gets the quotes of a batch as arrays, and needs nothing else of ours."""

import subprocess
import sys

import numpy as np
import pytest

import protocol
from protocol import Batch, MalformedMessage, decode, quote_arrays
from protocol.codec import encode
from tests.protocol.examples import BATCH


def test_each_column_is_an_array_with_an_item_for_each_quote() -> None:
    batch = decode(encode(BATCH))
    assert isinstance(batch, Batch)
    arrays = quote_arrays(batch)

    assert {batch.count} == {len(array) for array in arrays.values()}
    assert [7, -1] == arrays["index"].tolist()
    assert [201.0, 4e-08] == arrays["ask_price"].tolist()
    assert ["SATS@Ö", "BTC-USDT-SWAP@OKEX"] == arrays["ticker"].tolist()
    assert (20.0, True) == (arrays["latency_ms"][0], np.isnan(arrays["latency_ms"][1]))
    assert 1_700_000_000_000_000_000 == arrays["timestamp_ns"][0]


def test_no_array_can_be_written_to() -> None:
    for array in quote_arrays(BATCH).values():
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


def test_what_is_no_message_is_an_error_that_can_be_caught() -> None:
    with pytest.raises(MalformedMessage):
        decode(b"ZR")


def test_the_public_names_are_those_that_are_there() -> None:
    assert all(hasattr(protocol, name) for name in protocol.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        protocol.nothing  # noqa: B018


def test_importing_the_package_imports_nothing_that_is_slow_to_import() -> None:
    code = "import sys, protocol; print(*sorted({'numpy', 'msgpack', 'zmq'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "\n" == done.stdout
