"""What a library would import just in case appears not to be installed."""

import subprocess
import sys
from pathlib import Path

ARRAYS = """
import sys
from protocol.program.import_blocker import block_imports
block_imports()
import numpy, pyarrow
pyarrow.scalar("text"), pyarrow.array([1, 2]), pyarrow.array(numpy.arange(3)).to_numpy()
print("pandas" in sys.modules)
"""


def test_pyarrow_makes_its_arrays_without_pandas(tmp_path: Path) -> None:
    (tmp_path / "pandas.py").write_text('__version__ = "3.0.0"\n')
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{ARRAYS}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "False\n" == run.stdout
