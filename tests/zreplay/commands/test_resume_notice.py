"""A run that continues says from where, and one that begins says nothing."""

import threading
from pathlib import Path

import pytest

from protocol.result_folder import RING
from zreplay.commands.resume_notice import may_resume, say_where_it_resumes
from zreplay.controls.responder import Answer


class Replayer:
    """Knows where it begins only when it is asked again; after that the run is over."""

    def __init__(self, *began_at: int | None) -> None:
        self.over = threading.Event()
        self.answers: list[Answer | None] = [None, *({"began_at": at} for at in began_at)]

    def ask(self, verb: str, value: str) -> Answer | None:
        assert ("status", "") == (verb, value)
        answer = self.answers.pop(0)
        if not self.answers:
            self.over.set()
        return answer


@pytest.mark.parametrize("began_at, said", [((None, 1234), [1234]), ((0,), []), ((None, None), [])])
def test_it_says_the_record_unless_that_is_the_first(
    began_at: tuple[int | None, ...], said: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    replayer = Replayer(*began_at)
    replayer.over.wait = lambda timeout=None: True  # type: ignore[method-assign]
    say_where_it_resumes(replayer.ask, replayer.over)

    assert said == [record.fields["at_record"] for record in caplog.records]  # type: ignore[attr-defined]
    assert [] == replayer.answers


def test_only_a_folder_with_commits_can_be_resumed(tmp_path: Path) -> None:
    assert not may_resume(tmp_path, fresh=False)
    (tmp_path / RING).touch()
    assert may_resume(tmp_path, fresh=False)
    assert not may_resume(tmp_path, fresh=True)
