"""Small files that are read as large ones are: in many blocks, with many entries in an index."""

import pytest


def read_in_blocks(monkeypatch: pytest.MonkeyPatch, block_bytes: int, entry_rows: int) -> None:
    """Let a block have so many bytes at most, and entries stand so many rows apart."""
    monkeypatch.setattr("zreplay.recordings.index.entries.LEAST_ROWS", entry_rows)
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(f"zreplay.historical.parse_ahead.{name}", block_bytes)


def keep_small_indexes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file have an index however small it is."""
    monkeypatch.setattr("zreplay.historical.index_cache.LEAST_KEPT_BYTES", 1)
