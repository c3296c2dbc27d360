"""The summary of a run names its outcome and where it is."""

from zreplay.screen.run_summary import summary

OUTCOME = {
    "complete": True,
    "quotes": 30_000,
    "mids": 28_998,
    "latency_skipped": 1_000,
    "rejected": 2,
    "seconds": 2.714,
    "quotes_per_second": 11_054,
    "resent_batches": 1,
    "lateness_ns": {"p50": 90_000, "p99": 1_200_000, "max": 14_000_000},
    "out": "logs/run",
}


def test_the_summary_ends_with_the_paths_of_the_two_logs() -> None:
    assert summary(OUTCOME).splitlines() == [
        "done in 2.7 s: 30,000 quotes, 11,054 a second",
        "  mids                                28,998",
        "  over the latency threshold           1,000",
        "  rejected                                 2",
        "  resent batches                           1",
        "  lateness                   p50 0.09 ms  p99 1.20 ms  max 14.00 ms",
        "rejected rows: logs/run/rejected.log",
        "mid prices:    logs/run/mid_prices.log",
        "errors:        logs/run/errors.log",
    ]


def test_the_summary_says_how_long_the_commit_took_where_it_is_known() -> None:
    age_ns = {"p50": 4_000_000, "p99": 12_000_000, "max": 90_000_000}

    assert (
        "  from sending to commit     p50 4.00 ms  p99 12.00 ms  max 90.00 ms"
        in summary({**OUTCOME, "age_ns": age_ns}).splitlines()
    )
    assert "commit" not in summary({**OUTCOME, "age_ns": None})


def test_the_summary_says_what_the_files_were_taken_for() -> None:
    formats = {"tardis (by its columns), times epoch us, latency local_timestamp": 3}

    line = "  format                     tardis (by its columns), times epoch us, latency"
    assert any(
        each.startswith(line) for each in summary({**OUTCOME, "formats": formats}).splitlines()
    )


def test_the_summary_of_a_resumed_run_says_the_count_that_its_rate_is_of_and_all() -> None:
    head = summary({**OUTCOME, "resumed_at": 29_000}).splitlines()[0]

    assert "done in 2.7 s: 1,000 quotes, 11,054 a second; 30,000 since the first start" == head


def test_the_summary_of_a_loop_says_how_many_passes_there_were() -> None:
    for pass_number, passes, text in ((2, 3, "pass 3 of 3"), (7, None, "pass 8")):
        lines = summary({**OUTCOME, "pass": pass_number, "passes": passes}).splitlines()

        assert f"  loop                       {text}" in lines
    assert "pass" not in summary({**OUTCOME, "pass": 0, "passes": 1})


def test_the_summary_of_an_unpaced_run_claims_no_lateness() -> None:
    unpaced = {**OUTCOME, "rejected": 0, "lateness_ns": {"p50": 0, "p99": 0, "max": 0}}

    assert "unpaced" in summary(unpaced)
    assert "rejected.log" not in summary(unpaced)


def test_the_summary_of_a_stopped_run_does_not_say_done() -> None:
    assert summary({**OUTCOME, "complete": False}).startswith("stopped before the end in 2.7 s")


def test_the_summary_says_how_fast_it_was_and_what_was_waited_for_where_it_is_worth_a_word() -> (
    None
):
    timed = {
        **OUTCOME,
        "speed": "20x",
        "achieved_speed": 19.97,
        "workers_blocked_ns": 1_240_000_000,
        "starved_ns": 49_000_000,
        "stretched_ns": 1_100_000_000,
    }
    lines = summary(timed).splitlines()

    assert "  speed                      20x asked, 19.97x achieved" in lines
    assert "  waited                     1.2 s for workers  1.1 s by which the clock moved" in lines
    assert "asked" not in summary({**timed, "speed": "max"})
    assert "asked" not in summary({**timed, "achieved_speed": None})


def test_the_summary_says_how_many_parts_were_started_again_if_any_was() -> None:
    assert (
        "  parts restarted                          3"
        in summary({**OUTCOME, "restarts": 3}).splitlines()
    )
    assert "again" not in summary({**OUTCOME, "restarts": 0})


def test_the_summary_counts_what_the_format_left_out_if_it_left_out_anything() -> None:
    text = summary(OUTCOME | {"left_out": 1_234, "skipped_times": 0, "repeated_times": 5})

    assert ["left out by the format", "times the zone has twice"] == [
        line.strip().rpartition("  ")[0].strip()
        for line in text.splitlines()
        if line.strip().startswith(("left out", "times the zone"))
    ]
    assert "1,234" in text


def test_the_summary_says_what_was_left_out_where_something_was() -> None:
    lines = summary({**OUTCOME, "repeated": 300, "outside_session": 12}).splitlines()

    assert "  outside the session                     12" in lines
    assert "  left out by --dedupe                   300" in lines
    for count in (0, None):
        assert "left out" not in summary({**OUTCOME, "repeated": count, "outside_session": count})
