"""A process raises its limit as far as makes sense, knows it, and refuses too low a limit."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable

import pytest

from protocol.errors import SettingsError
from protocol.program import descriptors

UNLIMITED = resource.RLIM_INFINITY


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], list[tuple[int, int]]]:
    """Give this process limits that are only said."""

    def are(soft: int, hard: int) -> list[tuple[int, int]]:
        now = [(soft, hard)]
        monkeypatch.setattr(resource, "getrlimit", lambda _: now[-1])
        monkeypatch.setattr(resource, "setrlimit", lambda _, limits: now.append(limits))
        return now

    return are


@pytest.mark.parametrize(
    ("soft", "hard", "expected"),
    [
        (1024, 4096, 4096),
        (1024, 524_288, descriptors.WANTED),
        (16, 1024, 1024),
        (1024, UNLIMITED, descriptors.WANTED),
        (1024, 1024, 1024),
        (524_288, 524_288, descriptors.WANTED),
        (UNLIMITED, UNLIMITED, descriptors.WANTED),
        (64, 64, 64),
    ],
)
def test_as_many_are_allowed_as_may_be_and_make_sense(
    limits: Callable[[int, int], list[tuple[int, int]]], soft: int, hard: int, expected: int
) -> None:
    now = limits(soft, hard)
    descriptors.allow_many()

    assert expected == descriptors.open_limit()
    assert hard == now[-1][1]
    assert soft == UNLIMITED or soft <= now[-1][0]  # what the user gave is never taken away


@pytest.mark.parametrize("hard", [16, 63])
def test_too_few_are_a_wrong_setting_that_says_how_to_get_more(
    limits: Callable[[int, int], list[tuple[int, int]]], hard: int
) -> None:
    limits(16, hard)
    with pytest.raises(SettingsError, match=f"only {hard} files .* 64 are needed") as caught:
        descriptors.allow_many()

    assert ("Z214", 2) == (caught.value.code, caught.value.exit_code)
    assert "ulimit -n" in caught.value.fix


def test_what_is_open_is_counted() -> None:
    before = descriptors.open_count()
    more = os.pipe()
    assert before + 2 == descriptors.open_count()
    for fd in more:
        os.close(fd)

    assert before == descriptors.open_count()


def test_those_that_are_listed_are_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = descriptors.open_count()
    monkeypatch.setattr(descriptors, "_OPEN_OF_LINUX", "/nowhere")

    assert counted == descriptors.open_count()


def test_where_there_is_none_left_to_look_with_all_are_taken() -> None:
    code = """if True:
        import os, resource
        from protocol.program import descriptors
        resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
        try:
            while True:
                os.open("/dev/null", os.O_RDONLY)
        except OSError:
            print(descriptors.open_count())
    """
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert "20\n" == ended.stdout


@pytest.mark.parametrize(
    ("limit", "others", "expected"),
    [(256, 30, 194), (8192, 40, 8120), (64, 40, 8), (256, 250, 8), (256, 300, 8)],
)
def test_connections_get_what_is_left_over_but_a_reserve(
    limit: int, others: int, expected: int
) -> None:
    assert expected == descriptors.most_connections(limit, others)
