"""Which columns of a Parquet file are read where nobody needs amounts and index.

Rule: a column is left out if no value in it can refuse its row. An amount may be missing or NaN,
and must be finite: a float is if the least and the greatest value of every row group are, as
statistics leave NaN out. An index must be an integer of 64 bits.
"""

import math
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pa_parquet
from msgspec.structs import replace

from zreplay.recordings.formats.layout import AMOUNTS, Layout


def without_unneeded(layout: Layout, file: pa_parquet.ParquetFile) -> Layout:
    """Return the layout of a file with only the columns that are to be read."""
    places = {
        name: place
        for name, place in layout.places.items()
        if not _is_unneeded(name, file.schema_arrow.field(place), file)
    }
    return replace(layout, places=places)


def _is_unneeded(name: str, field: "pa.Field[Any]", file: pa_parquet.ParquetFile) -> bool:
    if name == "index":
        return pa.types.is_signed_integer(field.type)
    if name not in AMOUNTS:
        return False
    # The statistics of a half float are bytes.
    is_float = pa.types.is_float32(field.type) or pa.types.is_float64(field.type)
    return pa.types.is_integer(field.type) or (is_float and _are_all_finite(field.name, file))


def _are_all_finite(name: str, file: pa_parquet.ParquetFile) -> bool:
    """Return whether every value of a column of floats is known to be finite, NaN or missing."""
    metadata = file.metadata
    leaves = [at for at in range(metadata.num_columns) if file.schema.column(at).path == name]
    return len(leaves) == 1 and all(
        _are_finite(metadata.row_group(group).column(leaves[0]).statistics)
        for group in range(metadata.num_row_groups)
    )


def _are_finite(statistics: Any) -> bool:
    is_known = statistics is not None and statistics.has_min_max
    return is_known and math.isfinite(statistics.min) and math.isfinite(statistics.max)
