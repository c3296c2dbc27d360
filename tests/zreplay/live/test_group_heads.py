"""A group says at its head what is needed to read it without those before it."""

from hypothesis import given
from hypothesis import strategies as st

from zreplay.live.capture_records import (
    CONNECTION,
    Captured,
    RecordKind,
    began_of,
    reader_of,
    replaced_of,
)
from zreplay.live.group_heads import GroupHeads

NUMBERS = st.integers(1, 3)
READER = Captured(RecordKind.READER, 0, b"okx", 2)
OVERLAP = Captured(RecordKind.OVERLAP, 0, CONNECTION.pack(1), 2)


def message(number: int) -> Captured:
    return Captured(RecordKind.MESSAGE, 0, b"{}", number)


def lost(number: int) -> Captured:
    return Captured(RecordKind.DISCONNECTED, 0, b"", number)


def test_the_first_ones_say_where_their_group_begins() -> None:
    reader, overlap = GroupHeads().add([READER, OVERLAP], 99)

    assert (99, "okx") == (began_of(reader.payload), reader_of(reader.payload))
    assert (99, 1) == (began_of(overlap.payload), replaced_of(overlap.payload))


def test_later_groups_begin_with_those_that_they_need() -> None:
    heads = GroupHeads()
    reader, overlap = heads.add([READER, OVERLAP], 99)

    assert [overlap, reader, message(2)] == heads.add([message(2)], 200)
    assert [overlap, message(1)] == heads.add([message(1)], 300)


def test_an_overlap_ends_at_its_end_and_not_before() -> None:
    heads = GroupHeads()
    _, *_ = heads.add([OVERLAP, lost(1), lost(2)], 99)
    assert [RecordKind.OVERLAP, RecordKind.MESSAGE] == [
        r.kind for r in heads.add([message(3)], 200)
    ]
    heads.add([Captured(RecordKind.OVERLAP_END, 0, b"", 2)], 300)

    assert [message(1)] == heads.add([message(1)], 400)


def test_a_connection_that_was_lost_has_no_reader() -> None:
    heads = GroupHeads()
    heads.add([READER, lost(2)], 99)

    assert [message(2)] == heads.add([message(2)], 200)


def test_a_copy_changes_nothing_of_what_it_was_taken_from() -> None:
    heads = GroupHeads()
    heads.copy().add([READER, OVERLAP], 99)

    assert [message(2)] == heads.add([message(2)], 200)


def test_what_is_missing_is_told_by_each_group_until_its_gap() -> None:
    missing, gap = (Captured(kind, 0, b"{}", 3) for kind in (RecordKind.LOST, RecordKind.GAP))
    heads = GroupHeads()
    heads.add([missing], 99)

    assert [missing, message(2)] == heads.copy().add([message(2)], 200)
    assert [missing, gap, message(2)] == heads.add([gap, message(2)], 200)
    assert [message(2)] == heads.add([message(2)], 300)
    heads.add([missing, OVERLAP], 350)
    kinds = [record.kind.name for record in heads.add([message(2)], 360)]
    assert ["OVERLAP", "LOST", "MESSAGE"] == kinds
    assert [missing, message(2)] == GroupHeads([missing]).add([message(2)], 400)


RECORDS = st.one_of(
    st.builds(message, NUMBERS),
    st.builds(lost, NUMBERS),
    st.builds(lambda n, name: READER._replace(connection=n, payload=name), NUMBERS, st.binary()),
)


@given(st.lists(st.lists(RECORDS, max_size=5), max_size=8))
def test_each_group_tells_by_itself_who_reads_each_of_its_messages(
    groups: list[list[Captured]],
) -> None:
    heads, so_far = GroupHeads(), dict[int, bytes]()
    for place, group in enumerate(groups):
        alone, told = dict[int, bytes](), []
        for record in heads.add(group, place):
            if record.kind == RecordKind.READER:
                alone[record.connection] = record.payload[8:]
            elif record.kind == RecordKind.MESSAGE:
                told.append(alone.get(record.connection))
            elif record.kind == RecordKind.DISCONNECTED:
                alone.pop(record.connection, None)
        expected = []
        for record in group:
            if record.kind == RecordKind.READER:
                so_far[record.connection] = record.payload
            elif record.kind == RecordKind.MESSAGE:
                expected.append(so_far.get(record.connection))
            else:
                so_far.pop(record.connection, None)
        assert expected == told
