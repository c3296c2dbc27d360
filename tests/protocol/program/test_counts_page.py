"""A program without a page of its own shows what it counts and what it warned of."""

from protocol.messages import Diagnostic
from protocol.program.counts_page import counts_page
from protocol.program.metrics import COUNTER, Metric, gauge, histogram


def test_it_shows_readiness_counts_and_warnings_the_newest_first() -> None:
    metrics = [
        gauge("epoch", "Epoch.", 3),
        Metric("lines_total", COUNTER, "Lines.", [({"log": "errors"}, 1234567)]),
        histogram("age_seconds", "Age.", [1] * 16, 2, 3),
    ]
    said = (Diagnostic(0, "warning", "first", 1), Diagnostic(10**9, "error", "second", 3))
    page = counts_page("zmid sink", "room on the disk", metrics, said).decode()

    for text in ("not ready", "room on the disk", "epoch</td><td>3<", "1,234,567", "Epoch."):
        assert text in page
    assert "age_seconds" not in page
    assert page.index("second (3 times)") < page.index("first")
    assert "1970-01-01 00:00:01" in page
    assert "<td>ready</td><td>yes</td>" in counts_page("t", "", [], ()).decode()
