"""A child's own error is that of the run; else its exit code says of which kind it was."""

import pytest

from protocol.json_text import json_bytes
from protocol.program.answer import ErrorAnswer
from zreplay.supervision.child_failed import why_it_failed


def test_what_a_child_printed_as_json_is_why() -> None:
    output = json_bytes(ErrorAnswer(False, 1, "Z403", "a row is late", "--late reject"))
    failed = why_it_failed("replayer", output, 4)

    assert ("a row is late", "Z403", "--late reject") == (failed.what, failed.code, failed.fix)
    assert (4, True) == (failed.exit_code, failed.is_said)


@pytest.mark.parametrize("output", [b"", b"{", b"[]", b"{}", b'{"code": "Z999"}', b"\xff"])
def test_any_other_output_is_no_reason(output: bytes) -> None:
    failed = why_it_failed("sink", output, 6)

    assert ("the sink cannot continue", "Z600", 6) == (failed.what, failed.code, failed.exit_code)
