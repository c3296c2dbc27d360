"""A tie, a second or a gap that continues in the next block is counted as one."""

from hypothesis import given
from hypothesis import strategies as st

from tests.zreplay.example_quotes import make_block
from tests.zreplay.inspection import plain_model
from zreplay.inspection.replay_order import ReplayOrder
from zreplay.inspection.report import Peak, Ties, TimeSpan

INT64_MAX = 2**63 - 1


def counted(*arrivals_ns: list[int]) -> ReplayOrder:
    order = ReplayOrder()
    for block in arrivals_ns:
        order.add(make_block(block))
    return order


@given(st.lists(st.integers(-(4 * 10**9), 4 * 10**9), min_size=1, max_size=30), st.data())
def test_how_quotes_are_cut_into_blocks_changes_nothing(
    arrivals_ns: list[int], data: st.DataObject
) -> None:
    ordered = sorted(arrivals_ns)
    # Quotes that arrive together are never cut apart.
    cuts = [at for at in range(1, len(ordered)) if ordered[at] != ordered[at - 1]]
    chosen = sorted(data.draw(st.sets(st.sampled_from(cuts)))) if cuts else []
    places = [0, *chosen, len(ordered)]

    order = counted(*(ordered[a:b] for a, b in zip(places, places[1:], strict=False)))

    assert order.rate is not None
    second = plain_model.peak(ordered, plain_model.SECOND_NS)
    millisecond = plain_model.peak(ordered, plain_model.MILLISECOND_NS)
    assert Peak(**second) == order.rate.peak_second
    assert Peak(**millisecond) == order.rate.peak_millisecond
    assert plain_model.rate(ordered)["longest_gap_ns"] == order.rate.longest_gap_ns  # type: ignore[index]
    assert Ties(**plain_model.ties(ordered)) == order.ties


def test_a_span_of_all_the_time_there_is_does_not_wrap_around() -> None:
    order = counted([-INT64_MAX], [INT64_MAX])

    assert order.rate is not None
    assert (TimeSpan(-INT64_MAX, INT64_MAX), 2 * INT64_MAX) == (
        order.arrivals,
        order.rate.longest_gap_ns,
    )


def test_without_a_quote_there_is_no_rate() -> None:
    order = ReplayOrder()

    assert (None, None, Ties(0, 0)) == (order.arrivals, order.rate, order.ties)
