"""What the sink says is heard in order, and what the session wants of it is done."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.messages import Hello, Message, Offer, Ping, Welcome
from protocol.program_version import PROGRAM_VERSION
from tests.zreplay.fake_sink import make_ack
from tests.zreplay.fakes import NONCE, FakeInputs, FakeLink, Player, Recording, make_session
from zreplay.replayer.conversation import Conversation
from zreplay.settings import ReplaySettings

RUN = b"r" * 16


class FakeSyncLink(FakeLink):
    """A link to a sink whose words a test puts there."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Message] = []
        self.said: list[Message] = []

    def update(self, now_ns: int) -> None:
        pass

    def received(self, now_ns: int) -> Iterator[Message]:
        while self.heard:
            yield self.heard.pop(0)

    def send_sync(self, message: Message) -> None:
        self.said.append(message)


class World(Player):
    def __init__(self, folder: Path) -> None:
        replay = ReplaySettings(historical=(Path("a.csv"),), rate=None)
        self.link = FakeSyncLink()
        inputs = FakeInputs(folder, historical=Recording.of(range(4)))
        super().__init__(replay, make_session(replay, RUN), inputs, self.link)
        self.restarts: list[int] = []
        self.sink = Conversation(
            self.session, self.opener, self.link, inputs.rejected, self.restarts.append
        )

    def hear(self, *messages: Message) -> list[Message]:
        """Hear these; return what is said then."""
        self.link.heard += messages
        self.link.said.clear()
        self.sink.turn(5, files_ended=self.playback.files_ended)
        return self.link.said


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def let_in(epoch: int = 1, next_record: int = 0, *, finished: bool = False) -> Welcome:
    return Welcome(
        nonce=NONCE,
        epoch=epoch,
        next=next_record,
        limit=1 << 40,
        cursor=b"",
        sink_incarnation=1,
        finished=finished,
        commanded=0,
        period_ns=0,
        version=PROGRAM_VERSION,
    )


def test_it_asks_to_be_let_in_and_then_plays(world: World) -> None:
    assert [Hello(RUN, NONCE, 0, 0, 0, PROGRAM_VERSION)] == world.hear()
    assert [Hello(RUN, NONCE, 0, 1, 0, PROGRAM_VERSION)] == world.hear(Offer(NONCE, 1, 0))
    assert not world.play(6)
    assert [Ping(RUN, 1, None, 0)] == world.hear(let_in())
    assert world.play(6)


@pytest.mark.parametrize(("next_record", "restarts"), [(0, []), (2, [5])])
def test_only_a_run_that_began_in_another_process_is_a_restart(
    world: World, next_record: int, restarts: list[int]
) -> None:
    world.hear(let_in(next_record=next_record))
    world.hear(make_ack(RUN, next_record, sink_incarnation=2))
    world.hear(let_in(epoch=2, next_record=3))

    assert restarts == world.restarts


def test_a_run_that_was_complete_counts_what_was_rejected_then(world: World) -> None:
    rejected = world.inputs.rejected
    rejected.path.write_text("{}\n{}\n")
    world.hear(let_in(next_record=4, finished=True))

    assert (2, True) == (rejected.count, world.session.ending.was_complete)


def test_a_sink_that_was_restarted_is_told_hello_again_and_that_is_said(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.hear(let_in())
    said = world.hear(make_ack(RUN, 0, sink_incarnation=2))

    assert [Hello] == [type(message) for message in said]
    assert ["the sink was restarted: asking to be admitted again"] == [
        record.message for record in caplog.records if record.levelname == "WARNING"
    ]
