"""In a pipe one line says everything, and what is wrong comes last."""

from typing import Any

from tests.zreplay.answers import SECOND_NS, make_feed, make_status, make_worker
from zreplay.screen.observation import SILENCE_NS, Observation
from zreplay.screen.plain_line import event, line

ADDRESS = "tcp://127.0.0.1:5556"


def seen(status: dict[str, Any] | None, silent_ns: int = 0) -> Observation:
    observation = Observation()
    if status is not None:
        observation.on_answer(status, 0)
    observation.on_answer(None, silent_ns or SILENCE_NS - 1)
    return observation


def test_the_plain_line_says_it_all_at_once() -> None:
    expected = (
        "12:00:05 RUNNING historical 1x   49%  sent 30,120/s  committed 30,080/s  "
        "in flight 1,204/524,288  late p99 1.9 ms  age p99 12.0 ms  workers 2  "
        "skipped 412  rejected 0"
    )
    assert expected == line(seen(make_status()), "12:00:05")


def test_the_plain_line_ends_with_what_is_wrong() -> None:
    rows = [make_worker("a"), make_worker("b", seen_ago_ns=9 * SECOND_NS)]
    status = make_status(workers=rows, waits_for="resume", problem="disk full")
    text = line(seen(status), "12:00:05")

    assert "workers 1 lost 1" in text
    assert text.endswith("waits for resume  problem disk full")


def test_the_plain_line_says_who_does_not_answer() -> None:
    waiting = f"12:00:05 waiting for a replayer on {ADDRESS}"

    assert waiting == line(seen(None), "12:00:05", address=ADDRESS)
    assert "12:00:05 no answer for 7.0 s" == line(seen(make_status(), 7 * SECOND_NS), "12:00:05")


def test_the_plain_line_says_how_long_it_will_take() -> None:
    status = make_status(progress=0.42, left_ns=58 * SECOND_NS)
    _, fields = event(seen(status))

    assert "  42%  left 58s  sent" in line(seen(status), "12:00:05")
    assert (0.42, 58 * SECOND_NS) == (fields["progress"], fields["left_ns"])


def test_a_loop_says_which_pass_it_is() -> None:
    for passes, text in ((3, "49%  pass 2 of 3  sent"), (None, "49%  pass 2  sent")):
        status = make_status(**{"pass": 1, "passes": passes})
        fields = event(seen(status))[1]

        assert text in line(seen(status), "12:00:05")
        assert (1, passes) == (fields["pass"], fields["passes"])


def test_what_is_not_known_of_the_progress_is_said() -> None:
    status = make_status(progress=None, progress_of="", left_ns=None)

    assert "1x  progress not known  sent" in line(seen(status), "12:00:05")
    assert "not known" not in line(seen({**status, "mode": "live"}), "12:00:05")


def test_live_mode_has_no_share_of_the_files() -> None:
    assert "%" not in line(seen(make_status(mode="live", progress=0.5)), "12:00:05")


def test_as_an_event_it_says_the_same_by_name() -> None:
    rows = [make_worker("a"), make_worker("b", seen_ago_ns=9 * SECOND_NS)]
    name, fields = event(seen(make_status(workers=rows, problem="disk full")))

    assert ("progress", "RUNNING", "disk full") == (name, fields["state"], fields["problem"])
    assert (1, 1, 30_120.4) == (
        fields["workers"],
        fields["lost_workers"],
        fields["sent_per_second"],
    )
    assert (1_204, 524_288) == (fields["in_flight_quotes"], fields["window_quotes"])
    assert ("no answer", {"silent_ns": 7 * SECOND_NS}) == event(seen(make_status(), 7 * SECOND_NS))
    assert ("waiting for the replayer", {}) == event(seen(None))
    assert event(seen(make_status(age_ns=None)))[1]["age_p99_ns"] is None


def test_texts_of_peers_are_no_escapes() -> None:
    assert "\x1b" not in line(seen(make_status(problem="\x1b[2J")), "12:00:05")


def test_of_live_quotes_it_says_how_late_they_came() -> None:
    feeds = [make_feed(latency_ns={"p50": 21_000_000, "p99": 80_000_000})]

    live = line(seen(make_status(mode="live", feeds=feeds)), "12:00:05")
    assert ("  receipt p99 80.0 ms  " in live, "late p99" in live) == (True, False)
    assert "p99" not in line(seen(make_status(mode="live", age_ns=None)), "12:00:05")
    assert (80_000_000, None) == tuple(
        event(seen(make_status(mode="live", feeds=feeds)))[1][name]
        for name in ("receipt_p99_ns", "lateness_p99_ns")
    )
