"""An address is a port of this machine, or a socket of it."""

from pathlib import Path

import pytest

from protocol.program.metrics_address import parse_metrics_address, split_token


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        ("[::1]:1", ("::1", 1)),
        ("localhost:0", ("localhost", 0)),
        ("unix:/tmp/a b", Path("/tmp/a b")),
    ],
)
def test_forms_of_an_address(text: str, expected: tuple[str, int] | Path) -> None:
    assert expected == parse_metrics_address(text, insecure=False)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("127.0.0.1:1", ("127.0.0.1:1", "")),
        ("0.0.0.0:1,token=a/b.txt", ("0.0.0.0:1", "a/b.txt")),
        ("0.0.0.0:1,token=env:T", ("0.0.0.0:1", "env:T")),
    ],
)
def test_behind_a_comma_stands_where_the_token_is(address: str, found: tuple[str, str]) -> None:
    assert found == split_token(address)
