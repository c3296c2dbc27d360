"""Diagnostics: one line per event, on stderr, with its fields."""

import json
import logging
import re
import sys
import time
from collections.abc import Iterator

import pytest

from protocol.program.diagnostics import (
    JsonFormatter,
    Log,
    RateLimit,
    TextFormatter,
    format_in_use,
    set_up,
)


@pytest.fixture
def loggers() -> Iterator[None]:
    """Put the root logger back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level


@pytest.fixture
def record(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    Log("zmid").warning("worker joined", worker="host:1", reason="it was late", nothing="")
    return caplog.records[0]


def test_a_line_of_text_has_time_level_name_event_and_fields(record) -> None:
    line = TextFormatter().format(record)

    assert re.fullmatch(
        r"\d\d:\d\d:\d\d\.\d{3} warning zmid  worker joined  "
        r'worker=host:1  reason="it was late"  nothing=""',
        line,
    )


def test_a_line_of_json_reads_back(record) -> None:
    found = json.loads(JsonFormatter().format(record))

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found.pop("time"))
    assert {
        "level": "warning",
        "name": "zmid",
        "event": "worker joined",
        "worker": "host:1",
        "reason": "it was late",
        "nothing": "",
    } == found


@pytest.fixture
def failure(caplog) -> logging.LogRecord:
    """Give what a library logs in an `except`."""
    try:
        raise ValueError("no\x1b[2J\nway")
    except ValueError:
        logging.getLogger("websockets").exception("connection %s failed", 7, stack_info=True)
    return caplog.records[0]


def test_a_traceback_follows_its_line_of_text_and_steers_no_terminal(failure) -> None:
    first, *more = TextFormatter().format(failure).split("\n")

    assert first.endswith("error   websockets  connection 7 failed")
    assert "  Traceback (most recent call last):" == more[0]
    assert "  ValueError: no\\x1b[2J" in more
    assert any("Stack (most recent call last)" in line for line in more)
    assert [] == [line for line in (first, *more) if not line.isprintable()]


def test_a_traceback_is_a_field_of_its_line_of_json(failure) -> None:
    line = JsonFormatter().format(failure)
    found = json.loads(line)

    assert 1 == len(line.splitlines())
    assert ("websockets", "connection 7 failed") == (found["name"], found["event"])
    assert "ValueError: no\x1b[2J\nway" in found["traceback"]
    assert "Stack (most recent call last)" in found["traceback"]


def test_a_field_never_takes_the_place_of_a_part_of_the_line(caplog) -> None:
    Log("zmid").error("odd", name="worker 1", level=3, time=0, other=1)
    found = json.loads(JsonFormatter().format(caplog.records[0]))

    assert ("zmid", "error", "odd") == (found["name"], found["level"], found["event"])
    assert ("worker 1", 3, 0, 1) == tuple(
        found[name] for name in ("name_", "level_", "time_", "other")
    )


def test_an_event_whose_values_do_not_fit_is_said_all_the_same() -> None:
    record = logging.LogRecord("asyncio", logging.ERROR, "", 0, "odd %d", ("x",), None)

    assert "odd %d ('x',)" == json.loads(JsonFormatter().format(record))["event"]
    assert TextFormatter().format(record).endswith("asyncio  odd %d ('x',)")


def test_an_event_cannot_break_the_line_either(caplog) -> None:
    logging.getLogger("websockets").error("a\nb\x1b")

    assert TextFormatter().format(caplog.records[0]).endswith("websockets  a\\nb\\x1b")


def test_a_name_that_is_no_utf8_is_json_that_every_reader_takes() -> None:
    # Said, it would stand in what pytest reports of a failure, and xdist sends only UTF-8.
    record = logging.makeLogRecord({"msg": "odd", "fields": {"path": "q\udcff"}})

    assert "q\\udcff" == json.loads(JsonFormatter().format(record))["path"]


def test_the_format_in_use_is_known(loggers) -> None:
    logging.getLogger().handlers = []
    assert format_in_use() is None
    for given, expected in (("json", "json"), ("auto", "text"), ("text", "text")):
        set_up(given)
        assert expected == format_in_use()


def test_a_field_that_json_does_not_know_is_written_as_text(caplog) -> None:
    Log("zmid").error("odd", path=b"x")

    assert "b'x'" == json.loads(JsonFormatter().format(caplog.records[0]))["path"]


@pytest.mark.parametrize("value", ["two\nlines", "two\r\nlines and more", "a\x1b[2Jb"])
def test_a_field_cannot_break_the_line_or_steer_the_terminal(caplog, value: str) -> None:
    Log("zmid").error("odd", value=value)

    assert TextFormatter().format(caplog.records[0]).isprintable()


@pytest.mark.parametrize(("format_", "starts"), [("text", ""), ("auto", ""), ("json", "{")])
def test_set_up_writes_to_stderr_from_the_chosen_level_on(
    loggers, capsys, format_: str, starts: str
) -> None:
    set_up(format_, "warning")
    Log("zmid").info("unseen")
    Log("zmid").debug("unseen")
    Log("zmid").warning("seen")
    written = capsys.readouterr()

    assert "" == written.out
    assert ["seen" in line and line.startswith(starts) for line in written.err.splitlines()] == [
        True
    ]


def test_set_up_follows_a_stderr_that_was_replaced(loggers, capsys) -> None:
    set_up("text", "info")

    streams = [getattr(handler, "stream", None) for handler in logging.getLogger().handlers]
    assert [sys.stderr] == [stream for stream in streams if stream is not None]


def test_what_a_library_says_again_and_again_is_counted_and_ours_is_left_to_us(
    loggers, capsys, monkeypatch
) -> None:
    now_ns = 0
    monkeypatch.setattr(time, "monotonic_ns", lambda: now_ns)
    set_up("json")
    for now_ns in (0, 1, 2, 3, 1_500_000_000):
        logging.getLogger("asyncio").warning("%s raised", f"send {now_ns}")
        logging.getLogger("asyncio").warning("from another place")
        Log("zmid").info("ours")
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    assert ["ours"] * 5 == [line["event"] for line in said if line["name"] == "zmid"]
    assert [
        ("send 0 raised", None),
        ("from another place", None),
        ("send 1500000000 raised", 3),
        ("from another place", 3),
    ] == [(line["event"], line.get("held_back")) for line in said if line["name"] == "asyncio"]


def test_a_rate_limit_lets_one_through_an_interval_and_counts_the_others() -> None:
    limit = RateLimit(interval_ns=100)

    assert [0, None, None, 2, None, 1] == [
        limit.held_back(now) for now in (5, 6, 104, 105, 204, 300)
    ]
