"""Five hosts with keys: who is out of reach for a while is found again, the logs are the same."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.host_chaos import HostChaos
from tests.end_to_end.hosts import SAMPLE, Hosts, NotAllowed, hosts
from tests.end_to_end.processes import until
from tests.reference import reference_logs

ELSEWHERE = "10.213.88.77"
SEED = 2
"""Its first faults kill what runs behind a cable that is out."""


@pytest.fixture
def five(tmp_path: Path) -> Iterator[Hosts]:
    if sys.platform != "linux" or shutil.which("ip") is None:
        pytest.skip("needs Linux and its command `ip`")
    try:
        with hosts(tmp_path) as made:
            yield made
    except NotAllowed as error:
        pytest.skip(f"network namespaces are not allowed here: {error}")


def test_a_sink_that_is_cut_off_until_it_is_noticed_and_then_dies_is_found_elsewhere(
    five: Hosts,
) -> None:
    five.start_all("--speed", "0.1", SAMPLE)
    until(five.size, "a first commit")
    five.pull("sink")
    until(lambda: "its connection is cut off" in five.told("replayer"), "it to be noticed")
    five.plug_in("sink")
    five.recovery_seconds()
    five.die("sink")
    five.come_back("sink", ELSEWHERE)

    assert reference_logs([SAMPLE])[:2] == five.finish()


def test_kills_while_cables_are_out_change_nothing(five: Hosts) -> None:
    outcome = HostChaos(five, SEED).run(4)

    assert (True, (0, 0)) == (outcome.is_identical, outcome.exit_codes)
    assert outcome.kills
