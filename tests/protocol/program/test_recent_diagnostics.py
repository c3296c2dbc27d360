"""The last warnings are kept, each once, and never more than a few."""

import logging

from protocol.messages import MAX_DIAGNOSTICS
from protocol.program.recent_diagnostics import MAX_CHARS, RecentDiagnostics


def said(*texts: str, level: int = logging.WARNING) -> RecentDiagnostics:
    recent = RecentDiagnostics()
    logger = logging.Logger("sink")
    logger.addHandler(recent)
    for text in texts:
        logger.log(level, text, extra={"fields": {"reason": "it was late"}})
    return recent


def test_a_warning_is_kept_with_its_fields() -> None:
    kept = said("message dropped").latest()

    assert [("warning", 'sink  message dropped  reason="it was late"', 1)] == [
        (one.level, one.text, one.count) for one in kept
    ]


def test_what_is_no_warning_is_not_kept() -> None:
    assert () == said("ready", level=logging.INFO).latest()


def test_the_same_in_a_row_is_one_with_a_count_and_its_last_time() -> None:
    kept = said("a", "b", "b", "b", "a").latest()

    assert [("a", 1), ("b", 3), ("a", 1)] == [(one.text.split()[1], one.count) for one in kept]
    assert sorted(kept, key=lambda one: one.unix_ns) == list(kept)


def test_what_a_rate_limit_held_back_counts_and_does_not_make_it_another_one() -> None:
    recent = RecentDiagnostics()
    logger = logging.Logger("sink")
    logger.addHandler(recent)
    for held_back in (0, 129, 83):
        logger.warning("result refused", extra={"fields": {"held_back": held_back}})

    assert [("sink  result refused", 215)] == [(one.text, one.count) for one in recent.latest()]


def test_only_the_last_few_are_kept_and_each_is_cut() -> None:
    kept = said(*(f"{number} {'x' * 1000}" for number in range(MAX_DIAGNOSTICS + 5))).latest()

    assert [f"{number}" for number in range(5, MAX_DIAGNOSTICS + 5)] == [
        one.text.split()[1] for one in kept
    ]
    assert {MAX_CHARS} == {len(one.text) for one in kept}


def test_why_a_library_failed_is_kept_in_a_line() -> None:
    recent = RecentDiagnostics()
    logger = logging.Logger("websockets")
    logger.addHandler(recent)
    try:
        raise ValueError("no\nway")
    except ValueError:
        logger.exception("connection\nfailed")
    (kept,) = recent.latest()

    assert 'websockets  connection\\nfailed  error="ValueError: no\\nway"' == kept.text
