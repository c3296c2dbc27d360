"""A rate and the count beside it are of the same time: this start."""

import json

from zreplay.supervision.summing_up import summed_up

SAID = {"complete": True, "quotes": 30, "session_quotes": 3}


def said(**more: object) -> bytes:
    return json.dumps({**SAID, **more}).encode()


def test_the_rate_of_a_first_start_is_of_all_its_quotes() -> None:
    assert {
        "complete": True,
        "quotes": 30,
        "seconds": 3.0,
        "quotes_per_second": 10,
        "restarts": 0,
    } == summed_up(said(), 0, 3.0, 0)


def test_the_rate_of_a_resumed_run_is_of_what_this_start_committed_however_often_parts_died() -> (
    None
):
    summary = summed_up(said(), 24, 3.0, 2)

    assert (30, 24, 2, 2) == tuple(
        summary[name] for name in ("quotes", "resumed_at", "quotes_per_second", "restarts")
    )


def test_of_a_replayer_that_was_killed_nothing_is_claimed() -> None:
    assert {
        "complete": False,
        "resumed_at": 7,
        "seconds": 1.0,
        "quotes_per_second": 0,
        "restarts": 0,
    } == summed_up(b"", 7, 1.0, 0)


def test_a_log_that_had_to_go_back_has_no_rate_below_nothing() -> None:
    assert 0 == summed_up(said(quotes=5), 7, 1.0, 0)["quotes_per_second"]
