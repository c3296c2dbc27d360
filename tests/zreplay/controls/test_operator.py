"""What is reported to an operator is true, also when the counters jump."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.zreplay.fake_sink import NO_LIMIT, surroundings, write_recording
from zreplay.controls.operator import Operator
from zreplay.controls.wait_reporter import LASTS_NS
from zreplay.replayer.replayer import Replayer

SECOND_NS = 1_000_000_000


@pytest.fixture
def replayer(tmp_path: Path) -> Iterator[Replayer]:
    path = write_recording(tmp_path / "quotes.csv", 30)
    with (
        surroundings(tmp_path, historical=(path,)) as around,
        around.replayer() as replayer,
    ):
        yield replayer


def test_quotes_that_left_within_an_epoch_are_a_rate(replayer: Replayer) -> None:
    operator = Operator(replayer)
    operator.look(0)
    replayer.session.window.welcome(0, NO_LIMIT)
    replayer.session.window.sent(500, b"", 1)
    operator.look(SECOND_NS)

    assert 500.0 == operator.status(SECOND_NS)["sent_per_second"]


def test_where_a_new_epoch_begins_is_no_rate(replayer: Replayer) -> None:
    operator = Operator(replayer)
    operator.look(0)
    replayer.session.admission.epoch = 1
    replayer.session.window.welcome(500, NO_LIMIT)
    operator.look(SECOND_NS)

    assert 0.0 == operator.status(SECOND_NS)["sent_per_second"]


def test_a_wait_that_lasts_is_reported_once(
    replayer: Replayer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    operator = Operator(replayer)
    for now_ns in (0, LASTS_NS, 2 * LASTS_NS):
        assert now_ns < operator.look(now_ns)

    assert ["waiting"] == [record.message for record in caplog.records]


def test_the_loop_waits_on_the_control_socket(replayer: Replayer) -> None:
    assert (replayer.link.control,) == Operator(replayer).sockets
