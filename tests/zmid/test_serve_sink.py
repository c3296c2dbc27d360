"""What a sink brings into its process; from its settings to its exit code: test_sink."""

import os
import subprocess
import sys

from tests.end_to_end.processes import ROOT


def test_a_sink_needs_no_arrays() -> None:
    code = "import sys, zmid.serve_sink\nprint('numpy' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=20,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert "False\n" == ended.stdout
