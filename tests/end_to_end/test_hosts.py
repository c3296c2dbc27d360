"""Five hosts with keys: a cable is pulled until that is noticed, and the logs are the same."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.hosts import SAMPLE, Hosts, NotAllowed, hosts
from tests.end_to_end.processes import until
from tests.reference import reference_logs


@pytest.fixture
def five(tmp_path: Path) -> Iterator[Hosts]:
    if sys.platform != "linux" or shutil.which("ip") is None:
        pytest.skip("needs Linux and its command `ip`")
    try:
        with hosts(tmp_path) as made:
            yield made
    except NotAllowed as error:
        pytest.skip(f"network namespaces are not allowed here: {error}")


def test_a_sink_that_is_cut_off_for_so_long_that_it_is_noticed_comes_back(five: Hosts) -> None:
    five.start_all("--speed", "0.1")
    until(five.size, "a first commit")
    five.pull("sink")
    until(lambda: (five.ask("status") or {}).get("state") == "WAITING", "it to be noticed")
    five.plug_in("sink")

    assert reference_logs([SAMPLE])[:2] == five.finish()
