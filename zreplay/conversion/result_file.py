"""What a run has written -> a file of another kind, whole or not there.

A table has a batch for each commit, of a quote or two where a run is paced: here they are joined.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa

from protocol.errors import SettingsError
from zreplay.conversion.output_files import KINDS, kind_of, new_quote_file
from zreplay.conversion.staging import Staging
from zreplay.quotes.joined_batches import joined

WRITTEN_ROWS: Final = 131_072
"""So many are written at once."""


class ResultFile(msgspec.Struct, frozen=True):
    """What was written; nothing if it was stopped."""

    is_complete: bool
    rows: int
    size_bytes: int
    seconds: float


def write_results(
    batches: pa.RecordBatchReader,
    out: Path,
    *,
    may_replace: bool = False,
    is_stopped: Callable[[], bool] = lambda: False,
) -> ResultFile:
    """Write all batches into one file, whose name says of which kind it is.

    Raises:
        SettingsError: the name says none, something is there already, or a column cannot stand in
            a file of this kind.
        ResultLogError: the disk does not take it.
    """
    started_ns, rows = time.monotonic_ns(), 0
    kind = kind_of(out)
    if kind is None:
        raise SettingsError(
            f"--to was {out}, expected a name that ends with {', '.join(KINDS)}",
            fix="--to mids.parquet",
            code="Z203",
        )
    with Staging(out, is_folder=False, may_replace=may_replace) as staging, staging.reported():
        file = new_quote_file(staging.part, kind, batches.schema)
        try:
            for batch in joined(batches, WRITTEN_ROWS):
                if is_stopped():
                    return ResultFile(False, 0, 0, 0.0)
                file.write(batch)
                rows += len(batch)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise SettingsError(
                f"a column of {batches.schema.names} cannot stand in a {kind}: {error}",
                fix="--to a .parquet or .arrow",
                code="Z203",
            ) from error
        finally:
            file.close()
        size_bytes = os.stat(staging.part).st_size
        staging.commit()
    return ResultFile(True, rows, size_bytes, (time.monotonic_ns() - started_ns) / 1e9)
