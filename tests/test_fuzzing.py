"""Nothing that is read from outside raises anything but an error of ours: a short run of each."""

from random import Random

import pytest

from protocol.errors import InputError
from tests.fuzzing import Target, changed, complaint, complaints, targets

CASES = 60
LONG_CASES = 20 * CASES
TARGETS = [target for target in targets() if not target.is_of_files]


@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
def test_what_is_changed_by_chance_is_read_or_refused(
    target: Target, request: pytest.FixtureRequest
) -> None:
    cases = LONG_CASES if request.config.getoption("--long", default=False) else CASES

    assert [] == [*complaints(target, cases, 0)]


def test_what_a_target_reads_on_a_good_day_is_read() -> None:
    read = [target.read(seed) for target in targets() for seed in target.seeds]

    assert len(read) > len(TARGETS)


def test_an_error_that_is_not_ours_is_a_find_and_one_of_ours_is_none() -> None:
    def read(data: bytes) -> None:
        raise InputError("so") if data else KeyError("so")

    target = Target("any", (b"seed",), read)

    assert complaint(target, b"x") is None
    assert isinstance(complaint(target, b""), KeyError)


def test_what_is_changed_is_the_same_each_time() -> None:
    assert changed((b"abc", b"def"), Random(1)) == changed((b"abc", b"def"), Random(1))
