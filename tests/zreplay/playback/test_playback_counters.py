"""Sums of where the time went."""

from zreplay.playback.playback_counters import PlaybackCounters


def test_blocked_is_what_the_sink_and_the_workers_held_up() -> None:
    assert 5 == PlaybackCounters(window_blocked_ns=2, workers_blocked_ns=3).blocked_ns


def test_the_achieved_speed_is_recording_time_over_running_time() -> None:
    assert None is PlaybackCounters().achieved_speed
    assert 2.5 == PlaybackCounters(advanced_ns=50, ran_ns=20).achieved_speed


def test_every_sum_has_a_field() -> None:
    assert {
        "blocked_ns": 3,
        "window_blocked_ns": 1,
        "workers_blocked_ns": 2,
        "starved_ns": 3,
        "frozen_ns": 7,
        "stretched_ns": 4,
        "caught_up": 5,
        "skipped_ns": 6,
        "achieved_speed": 0.5,
    } == PlaybackCounters(1, 2, 3, 4, 5, 6, 1, 2, 7).as_fields()
