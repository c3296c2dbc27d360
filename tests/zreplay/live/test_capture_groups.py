"""A group is found from either end, whole or not at all."""

import pytest

from zreplay.live.capture_groups import FRAME_BYTES, MAX_GROUP_BYTES, group_of, last_group


def test_the_last_whole_group_is_found_whatever_stands_behind_it() -> None:
    groups = group_of(b"one") + group_of(b"the second")
    for rest in (b"", b"torn", bytes(40), group_of(b"third")[:-1], b"\x03\0\0\0"):
        end, body = last_group(groups + rest)
        assert (len(groups), b"the second") == (end, bytes(body))


@pytest.mark.parametrize("window", [b"", b"x" * 50, bytes(50), group_of(b"one")[:-1]])
def test_where_there_is_none_none_is_found(window: bytes) -> None:
    assert (0, b"") == (last_group(window)[0], bytes(last_group(window)[1]))


def test_a_group_is_its_body_and_its_frame_and_has_a_limit() -> None:
    assert MAX_GROUP_BYTES + FRAME_BYTES == len(group_of(bytes(MAX_GROUP_BYTES)))
    with pytest.raises(ValueError, match="group of"):
        group_of(bytes(MAX_GROUP_BYTES + 1))
