"""The summary of a run has what was counted, and less if its replayer could not say it."""

import msgspec

from tests.zreplay.answers import make_status
from zreplay.controls.status_schema import FIELDS
from zreplay.controls.summary_schema import RunSummary

LEAST = {
    "schema": 1,
    "complete": False,
    "seconds": 1.5,
    "quotes_per_second": 0,
    "restarts": 1,
    "out": "logs/run",
}


def test_what_a_killed_replayer_did_not_say_is_not_there() -> None:
    summary = msgspec.convert(LEAST, RunSummary)

    assert LEAST == msgspec.to_builtins(summary)


def test_what_is_in_the_status_too_is_of_the_same_kind() -> None:
    names = {field.encode_name for field in msgspec.structs.fields(RunSummary)}
    names -= {"in_flight"}  # of a run that has ended a count
    shared = {name: value for name, value in make_status().items() if name in names}

    assert {"lateness_ns", "age_ns", "speed", "rejected"} <= set(shared)
    assert {**LEAST, **shared} == msgspec.to_builtins(
        msgspec.convert({**LEAST, **shared}, RunSummary)
    )
    assert {"latency_skipped", "pass"} <= names & set(FIELDS)
