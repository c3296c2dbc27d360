"""The parts started by hand: any start order, late workers, strangers, and mode switches."""

import itertools
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import zmq

from tests.end_to_end.processes import ROOT, finish, parts, until
from tests.reference import mid_line, reference_logs
from zreplay.live.live_source import LiveSource

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
ROLES = ("serve", "worker", "sink")


@pytest.mark.parametrize("order", list(itertools.permutations(ROLES)))
def test_every_start_order_gives_the_reference_bytes(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    with parts(tmp_path) as these:
        start = {
            "serve": lambda: these.serve(SAMPLE, "--speed", "max", "--exit-when-done"),
            "worker": these.worker,
            "sink": lambda: these.sink("--exit-when-done"),
        }
        started = {role: start[role]() for role in order}
        assert 0 == started["serve"].wait(60)
        assert 0 == started["sink"].wait(60)

        assert reference_logs([SAMPLE])[:2] == these.logs()


def test_a_worker_added_midway_changes_no_byte(tmp_path: Path) -> None:
    with parts(tmp_path) as these:
        serve = these.serve(SAMPLE, "--speed", "0.5", "--exit-when-done")
        these.worker()
        these.sink()
        until(lambda: these.ask("status")["committed"] > 1000, "the first quotes")
        these.worker()
        until(lambda: these.ask("status")["connected_workers"] == 2, "the other worker")
        these.ask("speed", "max")
        assert 0 == serve.wait(60)

        assert reference_logs([SAMPLE])[:2] == these.logs()


def test_a_foreign_consumer_reads_every_quote_without_a_sink(tmp_path: Path) -> None:
    with parts(tmp_path) as these:
        consumer = these.keep(
            subprocess.Popen(
                [sys.executable, ROOT / "scripts" / "foreign_consumer", these.batches],
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        serve = these.serve(SAMPLE, "--speed", "max", "--acks", "none", "--exit-when-done")
        assert serve.wait(60) == 0
        expected = SAMPLE.read_bytes().count(b"\n") - 1
        lines = [consumer.stdout.readline() for _ in range(expected)]

        assert expected == len([line for line in lines if line])


def test_a_consumer_that_steals_from_a_run_only_costs_resends(tmp_path: Path) -> None:
    with parts(tmp_path) as these:
        context = zmq.Context()
        thief = context.socket(zmq.PULL)
        thief.setsockopt(zmq.LINGER, 0)
        serve = these.serve(SAMPLE, "--speed", "0.5", "--exit-when-done")
        these.worker()
        these.sink()
        # Not before: alone it would get each resend too, until the replayer gives up.
        until(lambda: these.ask("status")["committed"] > 1000, "the first quotes")
        thief.connect(these.batches)
        stolen = [thief.recv() for _ in range(5) if thief.poll(30_000)]
        thief.close()
        context.term()
        these.ask("speed", "max")
        assert 0 == serve.wait(60)

        assert 5 == len(stolen)
        assert reference_logs([SAMPLE])[:2] == these.logs()


def test_pause_speed_and_stop_are_answered_and_idempotent(tmp_path: Path) -> None:
    with parts(tmp_path) as these:
        serve = these.serve(SAMPLE, "--speed", "0.2")
        these.worker()
        these.sink()
        until(lambda: these.ask("status")["committed"] > 0, "the first quotes")

        assert "running -> paused" == these.ask("pause")["changed"]
        assert "already paused" == these.ask("pause")["changed"]
        assert "PAUSED" == these.ask("status")["state"]
        assert "0.2x -> 20x" == these.ask("speed", "20")["changed"]
        assert not these.ask("speed", "-3")["ok"]
        assert not these.ask("mode", "live")["ok"]
        assert "paused -> running" == these.ask("resume")["changed"]
        until(lambda: these.ask("status")["state"] == "DONE", "the end of the file")
        assert these.ask("stop")["ok"]
        assert 0 == serve.wait(60)
        assert reference_logs([SAMPLE])[:2] == these.logs()


@pytest.mark.parametrize("victims", [("serve",), ("sink",), ("worker",), ("serve", "sink")])
def test_a_part_that_is_killed_and_started_again_changes_no_byte(
    tmp_path: Path, victims: tuple[str, ...]
) -> None:
    with parts(tmp_path) as these:
        start = {
            "serve": lambda: these.serve(SAMPLE, "--speed", "8"),
            "worker": these.worker,
            "sink": these.sink,
        }
        running = {role: start[role]() for role in ROLES}
        for committed in (1000, 4000, 9000):
            until(lambda least=committed: these.ask("status")["committed"] > least, "commits")
            for role in victims:
                running[role].send_signal(signal.SIGKILL)
                running[role].wait(60)
                running[role] = start[role]()
        until(lambda: these.ask("status")["state"] == "DONE", "the end of the file")
        these.ask("stop")
        assert 0 == running["serve"].wait(60)

        assert reference_logs([SAMPLE])[:2] == these.logs()


def test_switching_20_times_keeps_every_quote_once_and_in_order(tmp_path: Path) -> None:
    """Historical lines are the reference's, live lines are a run of the feed's, in order."""
    seed = 20251002
    choices = random.Random(seed)
    port_file = tmp_path / "port"
    feed_file = ROOT / "fixtures" / "live_sample.csv"
    with parts(tmp_path) as these:
        these.feed(feed_file, "--port", 0, "--port-file", port_file, "--loop")
        port = until(lambda: port_file.exists() and port_file.read_text().strip(), "the feed")
        serve = these.serve(SAMPLE, "--live", f"ws://127.0.0.1:{port}", "--speed", "2")
        these.worker()
        these.worker()
        these.sink()
        until(lambda: these.ask("status")["committed"] > 0, "the first quotes")
        for mode in ["live", "historical"] * 10:
            assert these.ask("mode", mode)["ok"]
            target = these.ask("status")["committed"] + choices.randrange(1, 400)
            until(lambda least=target: these.ask("status")["committed"] >= least, "commits")
        these.ask("speed", "max")
        until(lambda: these.ask("status")["state"] == "DONE", "the end of the file")
        these.ask("stop")
        assert 0 == serve.wait(60)

        mids, errors = these.logs()
        live = LiveSource(these.state / "capture", lambda rejection: None)
        pieces = iter(live.poll, None)
        received = [
            (int(time_ns), float(bid), float(ask))
            for piece in pieces
            for time_ns, bid, ask in zip(
                piece.block.timestamp_ns,
                piece.block.bid_price,
                piece.block.ask_price,
                strict=True,
            )
        ]
        live.close()
    historical_mids, historical_errors, _ = reference_logs([SAMPLE])
    lines = mids.splitlines(keepends=True)
    historical_lines = historical_mids.splitlines(keepends=True)
    sent_live = len(lines) - len(historical_lines)
    live_lines = [mid_line(*quote).encode() for quote in received[:sent_live]]

    assert historical_errors == errors
    assert sent_live > 0
    assert is_merge_of(lines, historical_lines, live_lines)


def is_merge_of(whole: list[bytes], one: list[bytes], other: list[bytes]) -> bool:
    """Return whether `whole` is both others, each in its order, with nothing added."""
    if len(whole) != len(one) + len(other):
        return False
    places = {0}  # how many lines of `one` may have been used so far
    for used, line in enumerate(whole):
        places = {
            next_place
            for place in places
            for next_place in (
                *([place + 1] if place < len(one) and one[place] == line else []),
                *([place] if used - place < len(other) and other[used - place] == line else []),
            )
        }
    return bool(places)


def test_the_tasks_example_both_ways(tmp_path: Path) -> None:
    header = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
    for fractions, order in [(("2", "7"), "123"), (("0002", "0007"), "231")]:
        folder = tmp_path / order
        folder.mkdir()
        path = folder / "q.csv"
        first, second = fractions
        path.write_text(
            header
            + "2025-01-01 00:00:00,T,1,1,1,1,120\n"
            + f"2025-01-01 00:00:00.{first},T,1,2,2,1,1\n"
            + f"2025-01-01 00:00:00.{second},T,1,3,3,1,10\n"
        )
        done = finish(
            *("zreplay", "run", path, "--out", folder / "o"),
            *("--latency-threshold", "1000", "--speed", "max"),
        )
        assert 0 == done.returncode
        mids = (folder / "o" / "mid_prices.log").read_text().splitlines()
        assert order == "".join(line.rpartition(", ")[2] for line in mids)
