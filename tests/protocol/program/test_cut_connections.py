"""A connection that was cut off is told, once a second at most, with how many are left out."""

import logging

import pytest

from protocol.connections import Cut
from protocol.program.cut_connections import CutConnections

CUT = Cut("results", "10.0.0.7", 2_140_000_000)


def test_it_says_where_and_whose_and_counts_what_it_leaves_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cuts = CutConnections()
    with caplog.at_level(logging.WARNING):
        cuts.say([CUT, CUT, CUT], 0)
        cuts.say([CUT], 1_000_000_001)
    fields = [record.fields for record in caplog.records]  # type: ignore[attr-defined]

    expected = {"socket": "results", "address": "10.0.0.7", "silent_s": 2.1}
    assert [{**expected, "held_back": 0}, {**expected, "held_back": 2}] == fields
