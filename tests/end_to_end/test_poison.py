"""A batch for which no worker returns a result ends the run by name; nothing is skipped."""

import subprocess
from pathlib import Path

from tests.end_to_end.processes import ROOT, parts
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
RECORD = 12_345


def test_a_batch_that_was_resent_ten_times_stops_the_run_and_names_its_records(
    tmp_path: Path,
) -> None:
    with parts(tmp_path) as these:
        picky = [these.picky_worker(RECORD) for _ in range(2)]
        these.sink()
        arguments = (SAMPLE, "--speed", "max", "--batch", 1000, "--exit-when-done")
        serve = these.serve(*arguments, stderr=subprocess.PIPE)
        _, said = serve.communicate(timeout=60)
        stopped_at = these.committed_lines()
        written = these.logs()
        for worker in picky:
            worker.kill()
        these.worker()
        again = these.serve(*arguments)

        assert 5 == serve.returncode
        assert f"records {stopped_at} to " in said and "were sent 11 times" in said
        assert RECORD - 1000 <= stopped_at <= RECORD
        mids, errors, _ = reference_logs([SAMPLE])
        assert (True, True) == (mids.startswith(written[0]), errors.startswith(written[1]))
        assert 0 == again.wait(60)
        assert (mids, errors) == these.logs()
