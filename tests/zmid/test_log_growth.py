"""Both logs and each output grow by what the results hold, rotated or not."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.commit import Commit, Tail
from protocol.messages import Result
from protocol.result_folder import ERRORS, MANIFEST, MIDS, RING
from protocol.rotation import HOUR_NS, Rotation, rotation_of
from protocol.segment import read_manifest
from tests.protocol.examples import ALL, SPREAD
from tests.zmid.fakes import RUN, FakeDisk, result
from zmid.arrivals import Arrivals, stretches_of
from zmid.log_growth import growth_of, manifest_of
from zmid.result_log import ResultLog

FIRST = Commit(0, RUN, 1, 0, b"", Tail(), Tail(), 0, 0, 0, None, "", False, 0, (), ())
PROCESSED = replace(FIRST, processors=(ALL, SPREAD), output_tails=(Tail(),) * 3)
GROUP = [result(3 * each, processors=(ALL, SPREAD), arrival_ns=each * HOUR_NS) for each in range(3)]
NAMES = [MIDS, ERRORS, "outputs/all.arrows", "outputs/all.csv", "outputs/spread.csv"]


def test_without_rotation_and_with_one_that_nothing_reaches_it_is_the_same() -> None:
    for before in (FIRST, PROCESSED):
        group = [
            replace(
                each, processors=before.processors, outputs=each.outputs[: len(before.output_tails)]
            )
            for each in GROUP
        ]
        stretches = stretches_of(group, Arrivals(), 0)
        plain, sized = (
            growth_of(before, stretches, rotation)
            for rotation in (Rotation(), Rotation(size_bytes=1 << 30))
        )

        names = NAMES[: 2 + len(before.output_tails)]
        assert names == [each.name for each in plain]
        assert [(each.after, [*map(bytes, each.pieces)]) for each in plain] == [
            (each.after, [*map(bytes, each.pieces)]) for each in sized
        ]
        assert None is manifest_of(before, plain)


def test_what_is_closed_has_a_line_of_the_manifest_for_each_file() -> None:
    grown = growth_of(PROCESSED, stretches_of(GROUP, Arrivals(), HOUR_NS), Rotation(HOUR_NS))
    manifest = manifest_of(PROCESSED, grown)

    assert manifest is not None
    listed = read_manifest(bytes(manifest.pieces[0]))
    assert sorted(2 * NAMES) == sorted(each.log for each in listed)
    assert {"1970-01-01T00", "1970-01-01T01"} == {each.file.split(".")[2] for each in listed}
    assert [each.tail for each in listed] == [
        closed.tail for each in grown for closed in each.closed
    ]


def test_a_closed_segment_has_the_arrivals_of_its_own_hour_and_when_it_was_closed() -> None:
    half_past = [replace(each, arrival_ns=each.arrival_ns + HOUR_NS // 2) for each in GROUP]
    grown = growth_of(PROCESSED, stretches_of(half_past, Arrivals(), HOUR_NS), Rotation(HOUR_NS))

    assert {(HOUR_NS // 2, HOUR_NS), (3 * HOUR_NS // 2, 2 * HOUR_NS)} == {
        tuple(closed.arrivals) for each in grown for closed in each.closed
    }


def written(
    arrivals_ns: Sequence[int], rotation: Rotation, cuts: Sequence[tuple[bool, bool]]
) -> tuple[Any, ...]:
    """Return what there is of quotes that arrive so, cut into batches and groups there too."""
    disk = FakeDisk()
    log = ResultLog(disk, rotation=rotation)
    log.adopt(RUN)
    log.commit_epoch(1)
    group: list[Result] = []
    first = 0
    for end in range(1, len(arrivals_ns) + 1):
        ends_batch, ends_group = cuts[end % len(cuts)]
        periods = [each // log.period_ns for each in arrivals_ns[first : end + 1]]
        if end < len(arrivals_ns) and not ends_batch and periods[0] == periods[-1]:
            continue
        latest_ns = max(arrivals_ns[first:end])
        group.append(result(first, end - first, processors=(SPREAD,), arrival_ns=latest_ns))
        first = end
        if ends_group or end == len(arrivals_ns):
            log.append(group)
            group = []
    assert log.last is not None
    manifest = disk.files.pop(MANIFEST, b"")
    del disk.files[RING]
    counted = log.last.elapsed_ns, log.last.latest_ns
    return disk.files, sorted(manifest.splitlines()), counted


@given(
    st.lists(st.integers(-100, 100), min_size=1, max_size=40),
    st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=7),
    st.sampled_from(["hourly", "daily", "60"]),
)
def test_wherever_batches_and_groups_are_cut_all_of_it_is_the_same(
    halves: list[int], cuts: list[tuple[bool, bool]], rotate: str
) -> None:
    rotation = Rotation(size_bytes=60) if rotate == "60" else rotation_of(rotate)
    arrivals_ns = [half * HOUR_NS // 2 + abs(half) for half in halves]

    assert written(arrivals_ns, rotation, [(True, True)]) == written(arrivals_ns, rotation, cuts)
