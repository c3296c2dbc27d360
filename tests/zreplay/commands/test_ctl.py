"""`ctl` asks once and prints the answer as a line, as a screen, or as JSON."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq

from protocol.errors import LinkError, SettingsError
from tests.zmid.processors.recorded import batch
from tests.zreplay.answers import (
    SECOND_NS,
    make_diagnostic,
    make_feed,
    make_sink,
    make_status,
    make_worker,
)
from tests.zreplay.fakes import answer_of
from tests.zreplay.test_result_tables import TABLES, Sink
from zreplay.commands import ctl
from zreplay.commands.ctl import MAX_TICKER_ROWS, ask_replayer, status_text, ticker_rows
from zreplay.controls.responder import refusal

REFUSED = refusal(SettingsError("this replayer has no live address", fix="start it with --live"))
PATIENCE_MS = 5000

Answering = Callable[[dict[str, Any]], str]


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Give a way to have something answer one question like this; returns its address."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    threads: list[threading.Thread] = []

    def start(answer: dict[str, Any]) -> str:
        socket = context.socket(zmq.REP)
        port = socket.bind_to_random_port("tcp://127.0.0.1")

        def serve() -> None:
            if socket.poll(PATIENCE_MS):
                socket.recv()
                socket.send(msgspec.json.encode(answer))
            socket.close(linger=PATIENCE_MS)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return f"tcp://127.0.0.1:{port}"

    yield start
    for thread in threads:
        thread.join()
    context.term()


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, ""), (1, "1 file read through, without an index   "), (2_000, "2,000 files read through")],
)
def test_a_seek_without_an_index_says_so(count: int, said: str) -> None:
    answer = answer_of(changed="a -> b", read_through=count)

    assert ctl._line(answer).startswith(f"a -> b   {said}")
    assert bool(count) == ("index" in ctl._line(answer))


def test_an_answer_is_one_line_with_what_changed_and_where_the_run_stands(
    answering: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = answer_of(changed="historical -> live", mode="live", record=1234, epoch=2)
    code = ask_replayer(answering(answer), PATIENCE_MS, "mode", "live", as_json=False)

    assert 0 == code
    assert "historical -> live   RUNNING  live  record 1,234  epoch 2\n" == capsys.readouterr().out


@pytest.mark.parametrize(
    "place, text",
    [
        ({"time": "2025-10-02 23:59:54.580", "progress": 0.5}, "at 2025-10-02 23:59:54.580 (50.0"),
        ({"time": None, "pass": 1, "passes": 3}, "pass 2 of 3  record"),
        ({"time": None, "pass": 1, "passes": None}, "pass 2  record"),
        ({"time": None, "progress": 0.523}, "at 52.3 %  record"),
        ({"time": None, "progress": 1.0}, "at the end (100.0 %)"),
        ({"time": None, "progress": 0.0}, "at the start (0.0 %)"),
        ({"time": None, "progress": None}, "historical  record"),
        ({"time": None, "progress": None, "record": 0}, "at the start  record"),
    ],
)
def test_the_place_is_what_is_known_of_it(
    answering: Answering, capsys: pytest.CaptureFixture[str], place: dict[str, Any], text: str
) -> None:
    ask_replayer(answering(answer_of(**place)), PATIENCE_MS, "ping", "", as_json=False)

    assert text in capsys.readouterr().out


def test_what_the_replayer_waits_for_is_said(
    answering: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = answer_of(state="WAITING", waits_for="the sink", time="2025-10-02 23:59:54.580")
    ask_replayer(answering(answer), PATIENCE_MS, "ping", "", as_json=False)

    assert (
        "WAITING (waits for the sink)  historical  at 2025-10-02 23:59:54.580"
        "  record 1,200  epoch 1\n" == capsys.readouterr().out
    )


@pytest.mark.parametrize("answer, code", [(answer_of(), 0), (REFUSED, 2)])
def test_as_json_the_answer_is_passed_on_as_it_came(
    answering: Answering,
    capsys: pytest.CaptureFixture[str],
    answer: dict[str, Any],
    code: int,
) -> None:
    assert code == ask_replayer(answering(answer), PATIENCE_MS, "ping", "", as_json=True)
    assert {"schema": 1, **answer} == json.loads(capsys.readouterr().out)


def test_a_refusal_is_an_error_with_the_replayers_own_words(answering: Answering) -> None:
    with pytest.raises(SettingsError, match="no live address\nfix: start it with --live"):
        ask_replayer(answering(REFUSED), PATIENCE_MS, "mode", "live", as_json=False)


@pytest.mark.parametrize(
    ("left", "line"),
    [
        ({"left_ns": 83_000_000_000}, "left       1m 23s"),
        ({"left_ns": None, "progress_of": "bytes"}, "left       not known yet"),
        ({"left_ns": None, "progress_of": ""}, "left       not known, nor how much is done"),
    ],
)
def test_the_status_says_how_long_the_rest_takes_or_that_nobody_knows(
    left: dict[str, Any], line: str
) -> None:
    assert line in status_text(make_status(**left)).splitlines()
    assert "left" not in status_text(make_status(mode="live", **left))


def test_where_nobody_answers_it_says_so_in_the_time_it_was_given() -> None:
    with pytest.raises(LinkError, match=r"no replayer answered on ipc(.|\n)*--control"):
        ask_replayer("ipc:///tmp/nobody-is-here", 10, "ping", "", as_json=False)


def test_a_status_is_one_screen_that_names_workers_feeds_and_problems() -> None:
    status = make_status(
        workers=[make_worker("alpha"), make_worker("beta")],
        feeds=[make_feed()],
        problem="two workers with different thresholds",
        sink=make_sink(duplicates=3),
    )
    text = status_text(status)
    lines = text.splitlines()

    assert len(lines) <= 24
    assert max(map(len, lines)) <= 110
    assert ["alpha", "beta"] == [line.split()[1] for line in lines if line.startswith("worker")]
    for part in ("abababab", "1,234,567", "1,233,363", "412", "ws://127.0.0.1:8765", "thresholds"):
        assert part in text


def test_a_status_of_many_workers_is_one_screen_too_and_the_lost_come_first() -> None:
    rows = [make_worker(f"w{number}") for number in range(20)]
    lines = status_text(
        make_status(
            workers=[*rows, make_worker("z", seen_ago_ns=9 * SECOND_NS)],
            diagnostics=[make_diagnostic(f"event {number}\x1b") for number in range(9)],
        )
    ).splitlines()
    workers = [line for line in lines if line.startswith("worker ")]

    assert len(lines) <= 24
    assert ("z", True) == (workers[0].split()[1], workers[0].endswith("LOST"))
    assert "           ... 13 more" in lines
    assert lines[-1].endswith("event 8?")


def test_a_status_without_acknowledgements_claims_no_time_to_commit() -> None:
    assert "age        nothing acknowledges" in status_text(make_status(age_ns=None, acks="none"))


def test_a_status_says_who_receives_the_broadcast() -> None:
    to = {"address": "tcp://127.0.0.1:5560", "subscribers": 5}

    lines = status_text(make_status(broadcast=to)).splitlines()
    assert "broadcast  tcp://127.0.0.1:5560  5 subscribers" in lines
    assert "broadcast" not in status_text(make_status())


def test_a_status_without_a_problem_has_no_line_for_one() -> None:
    assert "problem" not in status_text(make_status(workers=[], problem=""))


def test_the_verb_status_shows_the_screen_and_every_other_verb_a_line(
    answering: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    status = make_status()
    ask_replayer(answering(status), PATIENCE_MS, "status", "", as_json=False)
    screen = capsys.readouterr().out
    ask_replayer(answering(status), PATIENCE_MS, "ping", "", as_json=False)

    assert status_text(status) + "\n" == screen
    assert 1 == len(capsys.readouterr().out.splitlines())


@pytest.mark.parametrize("verb", ["status", "stats", "pause"])
@pytest.mark.parametrize(
    "answer",
    [{"ok": True}, {"ok": "yes", "state": None}, make_status(in_flight=[], record="x")],
)
def test_what_is_no_answer_of_a_replayer_is_a_link_error(
    answering: Answering, verb: str, answer: dict[str, Any]
) -> None:
    with pytest.raises(LinkError, match="did not answer as a replayer does") as caught:
        ask_replayer(answering(answer), PATIENCE_MS, verb, "", as_json=False)

    assert "Z304" == caught.value.code


@pytest.mark.parametrize("answer", [{}, {"ok": False, "code": 5, "error": {}, "fix": []}])
def test_a_refusal_that_says_nothing_is_one_all_the_same(
    answering: Answering, answer: dict[str, Any]
) -> None:
    with pytest.raises(SettingsError):
        ask_replayer(answering(answer), PATIENCE_MS, "pause", "", as_json=False)
    assert 2 == ask_replayer(answering(answer), PATIENCE_MS, "pause", "", as_json=True)


def test_a_status_says_what_was_left_out_where_something_was() -> None:
    lines = status_text(make_status(outside_session=12, repeated=1_200)).splitlines()

    assert "left out   12 outside the session  1,200 by --dedupe" in lines
    assert "left out" not in status_text(make_status())


def test_of_live_quotes_it_says_how_late_they_came_not_how_late_recorded_ones_left() -> None:
    lines = status_text(make_status(mode="live", feeds=[make_feed(venue="", symbols=None)]))

    assert "receipt - exchange p50 21.0 ms  p99 80.0 ms" in lines
    assert "lateness" not in lines
    assert "lateness" in status_text(make_status())


def test_a_feed_that_is_not_connected_says_why_on_its_line() -> None:
    feed = make_feed(state="reconnecting", last_error="Connection refused")

    assert "reconnecting  12,345 messages  2 reconnects  Connection refused\n" in status_text(
        make_status(mode="live", feeds=[feed])
    )


def test_a_status_lists_tickers_and_says_what_it_leaves_out(
    answering: Answering, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Sink(tmp_path, TABLES).commit(batch(7))
    address = answering(make_status())
    ask_replayer(address, PATIENCE_MS, "status", "", False, tmp_path)
    rows = capsys.readouterr().out.splitlines()[-4:]

    assert ["tickers", "3", "quotes", "mids"] == rows[0].split()[:4]
    assert ["B", "3", "3", "0", "1007", "2"] == rows[1].split()


def test_more_tickers_than_fit_a_screen_are_a_line() -> None:
    listed = [
        {"ticker": f"T{number}", "quotes": 2, "mids": 1, "skipped": 1}
        | {"last_mid": None, "mean_spread": None}
        for number in range(MAX_TICKER_ROWS + 3)
    ]
    left_out = {"tickers": 7, "quotes": 100}
    found = {"count": 30, "listed": listed, "left_out": left_out, "missing_segments": 0}
    rows = ticker_rows({"tickers": found})

    assert MAX_TICKER_ROWS + 2 == len(rows)
    assert "  ... 10 more, with 106 quotes" == rows[-1]
    *rest, last = ticker_rows({"tickers": found | {"missing_segments": 1_234}})
    assert rows == rest
    assert "  without 1,234 closed segments of mids.arrows, not there any more" == last


def test_a_feed_that_does_not_show_every_change_says_so() -> None:
    shows = "the best bid and ask at each match only [unverified]"
    status = make_status(mode="live", feeds=[make_feed(shows=shows)])

    assert f"           shows {shows}" in status_text(status).splitlines()
    assert "shows" not in status_text(make_status(mode="live", feeds=[make_feed()]))


def test_a_feed_without_symbols_says_that_it_is_silent() -> None:
    feed = make_feed(venue="", symbols=None, silent="all of it")

    assert "           silent: all of it" in status_text(make_status(feeds=[feed])).splitlines()
