"""What was accepted is what is read again; what cannot be is refused, never guessed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ResultLogError
from protocol.limits import INT64_MAX, INT64_MIN
from protocol.messages import MODES
from zreplay.delivery.command import Command, SeekTo, SetLoop, SetMode
from zreplay.replayer.command_journal import VERSION, pack, unpack

RUN, OTHER_RUN = b"r" * 16, b"o" * 16
records = st.none() | st.integers(0, INT64_MAX)
instants = st.integers(INT64_MIN, INT64_MAX)
commands = st.one_of(
    st.builds(SetMode, st.sampled_from(MODES), records),
    st.builds(SetLoop, st.none() | st.integers(1, 9), records),
    st.builds(SeekTo, st.none() | instants, records),
)


@given(st.lists(commands, max_size=5))
def test_what_was_written_is_read_the_same(accepted: list[Command]) -> None:
    assert accepted == unpack(pack(RUN, accepted), RUN, "here")
    assert [] == unpack(pack(OTHER_RUN, accepted), RUN, "here")


first_commands = commands.filter(
    lambda each: not isinstance(each, SetLoop) or each.passes in (1, None)
)
"""A loop was on or off."""


@given(st.lists(first_commands, max_size=5))
def test_the_first_version_is_read_as_it_was_meant(accepted: list[Command]) -> None:
    values = [
        str(each.arrival_ns)
        if isinstance(each, SeekTo) and each.arrival_ns is not None
        else str(each)
        for each in accepted
    ]
    first = [
        {"verb": each.verb, "value": value, "record": each.record}
        for each, value in zip(accepted, values, strict=True)
    ]
    for version in ({}, {"version": 1}):
        data = json.dumps({**version, "run": RUN.hex(), "commands": first}).encode()

        assert accepted == unpack(data, RUN, "here")


@pytest.mark.parametrize(
    "command",
    [
        {"verb": "mode", "mode": "fast", "record": 3},
        {"verb": "mode", "mode": "live", "record": -1},
        {"verb": "mode", "mode": "live", "record": 2**63},
        {"verb": "mode", "value": "live", "record": 3},
        {"verb": "seek", "arrival_ns": 2**63, "record": 3},
        {"verb": "seek", "arrival_ns": -(2**63) - 1, "record": 3},
        {"verb": "seek", "arrival_ns": "5", "record": 3},
        {"verb": "loop", "passes": "on", "record": 3},
        {"verb": "loop", "passes": 0, "record": 3},
        {"verb": "loop", "is_on": True, "record": 3},
        {"verb": "stop", "record": 3},
        {"mode": "live", "record": 3},
    ],
)
def test_what_was_never_accepted_is_damage_and_names_the_file(command: object) -> None:
    data = json.dumps({"version": VERSION, "run": RUN.hex(), "commands": [command]}).encode()
    with pytest.raises(ResultLogError, match="here is damaged") as refused:
        unpack(data, RUN, "here")

    assert "Z605" == refused.value.code


def test_a_command_without_a_field_is_not_read_as_another() -> None:
    """The place may be left out, for it may be unknown; what is asked may not."""
    command = {"verb": "seek", "record": 3}
    data = json.dumps({"version": VERSION, "run": RUN.hex(), "commands": [command]}).encode()
    with pytest.raises(ResultLogError, match="here is damaged"):
        unpack(data, RUN, "here")
