"""One seed: recordings of its own, a world of its own."""

from pathlib import Path
from random import Random

from tests.simulation.recording import write_recordings
from tests.simulation.world import MAX_TICKS, Verdict, World


def simulate(
    seed: int, folder: Path, max_ticks: int = MAX_TICKS, *, has_odd_bytes: bool = True
) -> Verdict:
    """Run a seed in a folder of its own below `folder`."""
    place = folder / str(seed)
    place.mkdir()
    paths = write_recordings(place, Random(seed), has_odd_bytes=has_odd_bytes)
    return World(seed, paths, place).run(max_ticks)
