"""The state word is true; the most urgent reason wins."""

import pytest
from msgspec.structs import replace

from protocol.messages import (
    HISTORICAL,
    LIVE,
    MAX_DIAGNOSTICS,
    Diagnostic,
    Report,
    WorkerReport,
)
from zreplay.controls.status import (
    NO_WORKERS,
    WAITING,
    Facts,
    diagnostic_rows,
    sink_row,
    state_of,
    worker_rows,
)

SECOND_NS = 1_000_000_000
RUNNING = Facts(
    mode=HISTORICAL,
    is_paused=False,
    is_draining=False,
    is_done=False,
    is_let_in=True,
    blocked_ns=0,
    consumers=2,
    is_window_full=False,
    in_flight_quotes=0,
    sync="tcp://127.0.0.1:5558",
    bind="tcp://127.0.0.1:5555",
    stalled="",
    gate="",
    feeds=[],
)
CONNECTED = [
    {"url": "ws://a", "state": "reconnecting", "lack": "", "last_error": "refused"},
    {"url": "ws://b", "state": "connected", "lack": ""},
]
LACKING = [*CONNECTED, {"url": "ws://c", "state": "connected", "lack": "3 of 3 are not quotes"}]
GONE = CONNECTED[:1]


@pytest.mark.parametrize(
    ("changes", "state", "waits_for"),
    [
        ({}, "RUNNING", ""),
        ({"is_draining": True, "in_flight_quotes": 7}, "DRAINING", "7 quotes"),
        ({"is_draining": True}, "DRAINING", ""),
        ({"is_let_in": False}, "WAITING", "the sink at tcp://127.0.0.1:5558"),
        ({"is_opening": True}, "WAITING", "the inputs, which are being opened"),
        ({"gate": "workers: 1 of 2"}, "WAITING", "workers: 1 of 2"),
        ({"stalled": "No space left on device"}, "BLOCKED", "No space left on device"),
        ({"is_paused": True}, "PAUSED", "resume"),
        ({"is_window_full": True, "blocked_ns": SECOND_NS}, "BLOCKED", "the sink to commit"),
        ({"blocked_ns": SECOND_NS}, "BLOCKED", "the workers, which are busy"),
        ({"blocked_ns": SECOND_NS // 10}, "RUNNING", ""),
        ({"is_window_full": True, "blocked_ns": SECOND_NS // 10}, "RUNNING", ""),
        ({"blocked_ns": 1, "consumers": 0}, "NO WORKERS", "--source tcp://127.0.0.1:5555"),
        ({"blocked_ns": 1, "consumers": 0, "in_flight_quotes": 9}, "NO WORKERS", "are gone"),
        ({"consumers": 0}, "RUNNING", ""),
        ({"mode": LIVE, "feeds": GONE}, "RECONNECTING", "the feed: refused"),
        ({"mode": LIVE, "feeds": CONNECTED}, "RUNNING", ""),
        ({"mode": LIVE, "feeds": LACKING}, "WAITING", "quotes: 3 of 3 are not quotes"),
        ({"feeds": LACKING}, "RUNNING", ""),
        ({"is_done": True}, "DONE", "a command"),
        ({"reading": "3 files, 20 % read"}, "RUNNING", "3 files, 20 % read"),
        ({"reading": "3 files, 20 % read", "is_paused": True}, "PAUSED", "resume, and 3 files"),
    ],
)
def test_the_state_says_what_is_so_and_what_it_waits_for(
    changes: dict[str, object], state: str, waits_for: str
) -> None:
    found_state, found_waits_for = state_of(replace(RUNNING, **changes))  # type: ignore[arg-type]

    assert state == found_state
    assert waits_for in found_waits_for
    assert bool(waits_for) == bool(found_waits_for)


def test_where_the_parts_are_tended_nobody_is_told_to_start_one() -> None:
    tended = replace(RUNNING, is_tended=True)

    assert (WAITING, "its parts, which are starting") == state_of(replace(tended, is_let_in=False))
    assert (NO_WORKERS, "a worker") == state_of(replace(tended, blocked_ns=1, consumers=0))


def test_the_most_urgent_reason_wins() -> None:
    everything = replace(
        RUNNING,
        mode=LIVE,
        is_draining=True,
        is_let_in=False,
        stalled="disk full",
        is_paused=True,
        blocked_ns=SECOND_NS,
        is_done=True,
    )
    undone: list[dict[str, object]] = [
        {},
        {"is_draining": False},
        {"is_let_in": True},
        {"stalled": ""},
        {"is_paused": False},
        {"blocked_ns": 0},
        {"mode": HISTORICAL},
        {"is_done": False},
    ]
    states = []
    facts = everything
    for change in undone:
        facts = replace(facts, **change)  # type: ignore[arg-type]
        states.append(state_of(facts)[0])

    expected = ["DRAINING", "WAITING", "BLOCKED", "PAUSED"]
    assert [*expected, "BLOCKED", "RECONNECTING", "DONE", "RUNNING"] == states


def test_each_worker_of_the_last_report_has_a_row() -> None:
    report = Report(
        *(
            (WorkerReport("host:1", 5, 6, 7, 1, "0.1"), WorkerReport("host:2", 8, 9, 10, 2, "0.2")),
            0,
            0,
        ),
        *("", 0, 0, ()),
    )

    assert [] == worker_rows(None)
    assert [
        {
            "worker": "host:1",
            "quotes": 5,
            "busy_ns": 6,
            "busy_p99_ns": 1,
            "seen_ago_ns": 7,
            "version": "0.1",
        },
        {
            "worker": "host:2",
            "quotes": 8,
            "busy_ns": 9,
            "busy_p99_ns": 2,
            "seen_ago_ns": 10,
            "version": "0.2",
        },
    ] == worker_rows(report)


def test_what_the_sink_counts_is_all_nothing_until_it_is_heard() -> None:
    names = ("duplicates", "refused_results", "dropped_messages", "waiting_results")

    assert {**dict.fromkeys(names, 0), "version": ""} == sink_row(None, "")
    assert {**dict(zip(names, (1, 2, 3, 4), strict=True)), "version": "0.1"} == sink_row(
        Report((), 1, 2, "", 3, 4, ()), "0.1"
    )


def test_diagnostics_of_replayer_and_sink_are_one_list_the_newest_last_and_never_long() -> None:
    own = [Diagnostic(at, "warning", f"own {at}", 1) for at in range(0, 2 * MAX_DIAGNOSTICS, 2)]
    of_sink = Diagnostic(2 * MAX_DIAGNOSTICS - 3, "error", "of the sink", 5)
    rows = diagnostic_rows(own, Report((), 0, 0, "", 0, 0, (of_sink,)))

    assert MAX_DIAGNOSTICS == len(rows)
    assert [row["unix_ns"] for row in rows] == sorted(row["unix_ns"] for row in rows)
    assert ("error", "of the sink", 5) == (rows[-2]["level"], rows[-2]["text"], rows[-2]["count"])
    assert [] == diagnostic_rows([], None)
