"""Each symbol is asked for once, and ends up acknowledged, live, silent or refused by its name."""

import json

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from zreplay.live.known_venues import venue_of
from zreplay.live.subscriptions import ANSWER_NS, NEVER_NS, Subscriptions, SubscriptionState
from zreplay.live.venue import Acknowledged, Refused, Venue

NAMES = ("okx", "bybit", "binance", "deribit", "kucoin")
OKX, BYBIT, BINANCE, DERIBIT, KUCOIN = map(venue_of, NAMES)
SILENT_NS = 30_000_000_000


def one_a_request(venue: Venue) -> Venue:
    return replace(venue, limits=replace(venue.limits, symbols_a_request=1))


IN_TURN = replace(one_a_request(BYBIT), answers_in_turn=True)
"""A venue whose answers say neither whom nor which request they mean."""


def begun(venue: Venue, *symbols: str, silent_ns: int = SILENT_NS) -> Subscriptions:
    found = Subscriptions(venue, symbols, silent_ns)
    found.begin()
    return found


def asked(found: Subscriptions, now_ns: int = 1) -> list[object]:
    """Send all requests; return them."""
    requests = []
    while not found.is_all_asked:
        requests.append(json.loads(found.next_request(now_ns)))
    return requests


def states(found: Subscriptions, now_ns: int = 2) -> dict[str, str]:
    return {name: str(found.state_of(name, now_ns)) for name in found.last_ns}


def test_symbols_are_asked_for_in_requests_of_as_many_as_the_venue_allows() -> None:
    names = [f"S{number}" for number in range(25)]
    found = begun(BYBIT, *names)
    assert {"waiting"} == set(states(found).values())
    sizes = [len(request["args"]) for request in asked(found)]  # type: ignore[index]

    assert [10, 10, 5] == sizes
    assert {"asked"} == set(states(found).values())


def test_an_answer_by_its_number_acknowledges_all_of_the_request() -> None:
    found = begun(BINANCE, "AB", "CD")
    asked(found)
    found.on_acknowledged(Acknowledged(request=1))

    assert {"AB": "acknowledged", "CD": "acknowledged"} == states(found)


def test_an_answer_by_names_acknowledges_these() -> None:
    found = begun(OKX, "A-B", "C-D")
    asked(found)
    found.on_acknowledged(Acknowledged(("C-D", "X-Y")))

    assert {"A-B": "asked", "C-D": "acknowledged"} == states(found)


def test_an_answer_without_either_acknowledges_nobody_before_all_requests_have_one() -> None:
    found = begun(one_a_request(BYBIT), "A", "B")
    asked(found)
    found.on_acknowledged(Acknowledged())
    assert {"A": "asked", "B": "asked"} == states(found)
    found.on_acknowledged(Acknowledged())

    assert {"A": "acknowledged", "B": "acknowledged"} == states(found)


def test_a_venue_whose_answers_never_say_either_is_asked_one_request_at_a_time() -> None:
    found = begun(IN_TURN, "A", "B", "C")
    found.next_request(5)
    assert 5 + ANSWER_NS == found.ready_ns
    found.on_acknowledged(Acknowledged())
    assert {"A": "acknowledged", "B": "waiting", "C": "waiting"} == states(found)
    assert found.ready_ns <= 5
    found.next_request(6)
    assert found.on_refused(Refused("no"))
    found.next_request(7)
    found.on_acknowledged(Acknowledged())

    assert {"A": "acknowledged", "B": "refused", "C": "acknowledged"} == states(found)


def test_an_answer_that_may_be_a_late_one_acknowledges_nobody_and_is_waited_for_no_longer() -> None:
    found = begun(IN_TURN, "A", "B", "C")
    found.next_request(5)
    found.next_request(found.ready_ns)
    found.on_acknowledged(Acknowledged())
    assert found.ready_ns <= 5
    assert {"A": "asked", "B": "asked", "C": "waiting"} == states(found)
    found.on_acknowledged(Acknowledged())

    assert {"A": "acknowledged", "B": "acknowledged", "C": "waiting"} == states(found)


@given(st.lists(st.booleans(), max_size=6), st.booleans(), st.data())
def test_nobody_is_acknowledged_who_was_refused_however_late_the_answers_come(
    are_bad: list[bool], is_in_turn: bool, data: st.DataObject
) -> None:
    names = [f"{'BAD' if is_bad else 'GOOD'}{number}" for number, is_bad in enumerate(are_bad)]
    venue = IN_TURN if is_in_turn else one_a_request(BYBIT)
    found, now_ns, answers = begun(venue, *names), 1, list[bool]()
    for _ in range(60):
        if found.ready_ns <= now_ns and data.draw(st.booleans()):
            (topic,) = json.loads(found.next_request(now_ns))["args"]
            answers.append("BAD" in topic)
        elif answers and data.draw(st.booleans()):
            if answers.pop(data.draw(st.integers(0, len(answers) - 1))):
                found.on_refused(Refused("no"))
            else:
                found.on_acknowledged(Acknowledged())
        else:
            now_ns += ANSWER_NS // 2
        known = states(found, now_ns)
        assert "acknowledged" not in {known[name] for name in names if "BAD" in name}


def test_what_a_whole_answer_leaves_out_is_refused() -> None:
    found = begun(DERIBIT, "A-B", "C-D")
    asked(found)
    found.on_acknowledged(Acknowledged(("A-B",), request=1))

    assert {"A-B": "acknowledged", "C-D": "refused"} == states(found)
    assert "not in the answer" in found.refused["C-D"]


def test_a_refusal_that_names_a_symbol_in_its_text_refuses_that_one() -> None:
    found = begun(OKX, "FOO-USDT", "FOO-USDT-SWAP", "BTC-USDT")
    asked(found)
    found.on_refused(Refused("60018 instId:FOO-USDT doesn't exist"))

    assert "refused" == states(found)["FOO-USDT"]
    assert "asked" == states(found)["BTC-USDT"]
    assert found.is_all_asked


def test_the_others_are_still_acknowledged_by_their_names() -> None:
    found = begun(OKX, "FOO-USDT", "BTC-USDT")
    asked(found)
    found.on_refused(Refused("60018 instId:FOO-USDT doesn't exist"))
    found.on_acknowledged(Acknowledged(("BTC-USDT",)))

    assert {"FOO-USDT": "refused", "BTC-USDT": "acknowledged"} == states(found)


def test_where_whole_requests_are_refused_the_others_are_asked_for_again() -> None:
    found = begun(BYBIT, "A", "FOO", "B")
    asked(found)
    found.on_refused(Refused("Invalid topic: orderbook.1.FOO", request=1))
    (request,) = asked(found)

    assert ["orderbook.1.A", "orderbook.1.B"] == request["args"]  # type: ignore[index]
    assert {"A": "asked", "FOO": "refused", "B": "asked"} == states(found)


def test_a_refusal_that_names_nothing_is_narrowed_down_to_the_guilty_symbols() -> None:
    names = [f"S{number}" for number in range(100)]
    bad = {"S3", "S97"}
    found, requests = begun(BINANCE, *names), 0
    while not found.is_all_asked:
        requests += 1
        symbols = [
            text.partition("@")[0].upper() for text in json.loads(found.next_request(1))["params"]
        ]
        number = requests
        if bad & set(symbols):
            found.on_refused(Refused("2 invalid", request=number))
        else:
            found.on_acknowledged(Acknowledged(request=number))

    assert bad == set(found.refused)
    assert {"acknowledged"} == {state for name, state in states(found).items() if name not in bad}
    assert requests < 40


def answered(found: Subscriptions, bad: str, at_once: bool = True) -> list[list[str]]:
    """Play a venue whose refusals say nothing, until nothing is asked for; return the requests."""
    requests: list[list[str]] = []
    now_ns = 1
    while not found.is_all_asked:
        sent = []
        while found.ready_ns <= now_ns and (at_once or not sent):
            request = json.loads(found.next_request(now_ns))
            sent.append([arg["instId"] for arg in request["args"]])
        for symbols in sent:
            for symbol in symbols:
                if symbol == bad:
                    found.on_refused(Refused("60012 Invalid request"))
                else:
                    found.on_acknowledged(Acknowledged((symbol,)))
        requests += sent
        assert sent
        assert len(requests) < 100
    return requests


def test_a_refusal_that_says_nothing_finds_the_guilty_one_of_a_request() -> None:
    found = begun(OKX, "A-B", "B-B", "C-B", "D-B")
    requests = answered(found, "B-B")

    assert [["A-B", "B-B", "C-B", "D-B"], ["B-B"]] == requests
    assert {"A-B": "acknowledged", "B-B": "refused"} == dict([*states(found).items()][:2])
    assert {"C-B": "acknowledged", "D-B": "acknowledged"} == dict([*states(found).items()][2:])


def test_a_refusal_that_says_nothing_finds_the_guilty_one_of_several_requests() -> None:
    found = begun(one_a_request(OKX), "A-B", "B-B", "C-B", "D-B")
    requests = answered(found, "C-B")

    assert [["A-B"], ["B-B"], ["C-B"], ["D-B"], ["C-B"]] == requests
    assert ["C-B"] == list(found.refused)
    assert ["acknowledged"] * 3 == [state for state in states(found).values() if state != "refused"]


def test_once_a_refusal_said_nothing_each_request_waits_for_the_answer_before() -> None:
    found = begun(one_a_request(OKX), "A-B", "B-B")
    asked(found, 5)
    assert not found.on_refused(Refused("60012 Invalid request"))
    assert {"A-B": "waiting", "B-B": "waiting"} == states(found)
    assert found.ready_ns <= 5
    found.next_request(6)
    assert 6 + ANSWER_NS == found.ready_ns
    found.on_acknowledged(Acknowledged(("A-B",)))
    assert found.ready_ns <= 6
    found.next_request(7)
    assert found.on_refused(Refused("60012 Invalid request"))

    assert {"A-B": "acknowledged", "B-B": "refused"} == states(found)


def test_an_answer_that_does_not_come_is_not_waited_for_long() -> None:
    found = begun(one_a_request(OKX), "A-B", "B-B")
    asked(found, 5)
    found.on_refused(Refused("60012 Invalid request"))
    found.next_request(6)
    found.next_request(found.ready_ns)
    found.on_refused(Refused("60012 Invalid request"))

    assert {"A-B": "asked", "B-B": "refused"} == states(found)


def test_a_refusal_when_nothing_is_asked_for_changes_nothing() -> None:
    found = begun(one_a_request(OKX), "A-B", "B-B")
    asked(found)
    for name in ("A-B", "B-B"):
        found.on_acknowledged(Acknowledged((name,)))

    assert not found.on_refused(Refused("60012 Invalid request"))
    assert {"A-B": "acknowledged", "B-B": "acknowledged"} == states(found)
    assert NEVER_NS == found.ready_ns


def test_a_refusal_that_names_one_that_has_quotes_is_not_of_another_one() -> None:
    found = begun(one_a_request(OKX), "A-B", "B-B")
    asked(found)
    found.on_acknowledged(Acknowledged(("A-B",)))
    found.last_ns["A-B"] = 20

    assert not found.on_refused(Refused("too many questions about A-B"))
    assert {"A-B": "live", "B-B": "asked"} == states(found, 21)


def test_a_text_that_repeats_a_whole_request_without_its_number_names_nobody_either() -> None:
    found = begun(OKX, "A-B", "FOO-B")
    asked(found)
    found.on_refused(Refused("bad: A-B,FOO-B"))
    assert 0 == found.ready_ns
    first = json.loads(found.next_request(2))
    found.on_acknowledged(Acknowledged(("A-B",)))
    found.next_request(3)
    found.on_refused(Refused("bad: FOO-B"))

    assert ["A-B"] == [arg["instId"] for arg in first["args"]]
    assert {"A-B": "acknowledged", "FOO-B": "refused"} == states(found)
    assert NEVER_NS == found.ready_ns


def test_what_has_quotes_is_not_suspected() -> None:
    found = begun(OKX, "A-B", "FOO-B")
    asked(found)
    found.last_ns["A-B"] = 20
    found.on_refused(Refused("bad"))

    assert {"A-B": "live", "FOO-B": "refused"} == states(found, 30)


def test_a_guess_that_was_wrong_is_taken_back_by_the_answer_to_its_request() -> None:
    """The first refusal is heard late, when the next request is out already."""
    found = begun(one_a_request(BINANCE), "A", "B")
    asked(found)
    found.on_refused(Refused("bad"))
    found.next_request(2)
    found.on_refused(Refused("bad"))
    assert "refused" == states(found, 3)["A"]
    found.on_acknowledged(Acknowledged(request=3))

    assert "acknowledged" == states(found, 3)["A"]


def test_what_is_acknowledged_by_its_name_was_not_refused() -> None:
    found = begun(one_a_request(OKX), "A-B")
    asked(found)
    found.on_refused(Refused("60012 Invalid request"))
    assert {"A-B": "refused"} == states(found)
    found.on_acknowledged(Acknowledged(("A-B",)))

    assert {"A-B": "acknowledged"} == states(found)


def test_a_text_that_repeats_the_whole_request_names_nobody() -> None:
    found = begun(KUCOIN, "A-B", "FOO-B", "C-D")
    asked(found)
    found.on_refused(Refused("topic /spotMarket/level1:A-B,FOO-B,C-D is not found", request=1))
    first, second = (request["topic"] for request in asked(found))  # type: ignore[index]
    found.on_acknowledged(Acknowledged(request=2))
    found.on_refused(Refused("topic /spotMarket/level1:FOO-B,C-D is not found", request=3))
    asked(found)
    found.on_refused(Refused("topic /spotMarket/level1:FOO-B is not found", request=4))

    assert ["/spotMarket/level1:A-B", "/spotMarket/level1:FOO-B,C-D"] == [first, second]
    assert {"A-B": "acknowledged", "FOO-B": "refused", "C-D": "asked"} == states(found)


def test_what_was_asked_for_too_often_is_asked_for_again_as_it_was() -> None:
    found = begun(DERIBIT, "A-B", "C-D")
    (first,) = asked(found)
    assert found.on_refused(Refused("10028 too_many_requests", request=1, is_busy=True))
    (second,) = asked(found)

    assert first["params"] == second["params"]  # type: ignore[index]
    assert {"A-B": "asked", "C-D": "asked"} == states(found)


def test_a_refusal_behind_the_acknowledgement_is_heard_too() -> None:
    found = begun(OKX, "A-B", "FOO-B")
    asked(found)
    found.on_acknowledged(Acknowledged(("A-B", "FOO-B")))

    assert found.on_refused(Refused("FOO-B is closed"))
    assert {"A-B": "acknowledged", "FOO-B": "refused"} == states(found)


def test_a_symbol_is_live_from_its_first_quote_and_silent_without_one() -> None:
    found = begun(OKX, "A-B", "C-D")
    asked(found, 10)
    found.on_acknowledged(Acknowledged(("A-B",)))
    found.last_ns["A-B"] = 20

    assert "live" == states(found, 20 + SILENT_NS - 1)["A-B"]
    assert "silent" == states(found, 20 + SILENT_NS)["A-B"]
    assert ("asked", "silent") == tuple(states(found, 10 + SILENT_NS - at)["C-D"] for at in (1, 0))
    assert ["C-D"] == found.silent(10 + SILENT_NS)


def test_nothing_is_silent_where_that_is_off() -> None:
    found = begun(OKX, "A-B", silent_ns=0)
    asked(found, 10)

    assert {"A-B": "asked"} == states(found, 2**60)


def test_a_new_connection_starts_over() -> None:
    found = begun(OKX, "FOO-USDT", "A-B")
    asked(found)
    found.on_refused(Refused("no FOO-USDT"))
    found.last_ns["A-B"] = 20
    found.begin()

    assert {"FOO-USDT": "waiting", "A-B": "waiting"} == states(found)


def test_what_happened_is_told_for_the_capture() -> None:
    found = begun(OKX, "FOO-USDT", "A-B")
    asked(found)
    found.on_refused(Refused("no FOO-USDT"))
    found.on_acknowledged(Acknowledged(("A-B",)))

    assert [
        (SubscriptionState.ASKED, ("FOO-USDT", "A-B"), ""),
        (SubscriptionState.REFUSED, ("FOO-USDT",), "no FOO-USDT"),
        (SubscriptionState.ACKNOWLEDGED, ("A-B",), ""),
    ] == found.changes


NAMES = st.lists(st.sampled_from([f"S{n}-X" for n in range(12)]), unique=True, min_size=1)


@given(NAMES, st.sets(st.integers(0, 11)), st.booleans(), st.booleans())
def test_whatever_is_refused_the_others_are_acknowledged_and_the_requests_end(
    names: list[str], bad_numbers: set[int], by_text: bool, is_whole: bool
) -> None:
    """A venue that refuses a request for its first bad symbol, named in the text or not."""
    limits = replace(BYBIT.limits, symbols_a_request=5)
    venue = replace(BYBIT, limits=limits, refuses_whole_requests=is_whole or not by_text)
    bad = {f"S{number}-X" for number in bad_numbers} & set(names)
    found, number = begun(venue, *names), 0
    while not found.is_all_asked:
        number += 1
        assert number < 200
        topics = json.loads(found.next_request(1))["args"]
        symbols = [topic.rpartition(".")[2] for topic in topics]
        guilty = [symbol for symbol in symbols if symbol in bad]
        if guilty and venue.refuses_whole_requests:
            found.on_refused(Refused(f"bad: {guilty[0]}" if by_text else "bad", request=number))
            continue
        for symbol in guilty:
            found.on_refused(Refused(f"bad: {symbol}"))
        for symbol in symbols:
            if symbol not in bad:
                found.on_acknowledged(Acknowledged((symbol,)))

    assert bad == set(found.refused)
    assert {"acknowledged"} >= {state for name, state in states(found).items() if name not in bad}


@given(NAMES, st.sets(st.integers(0, 11)), st.integers(1, 5), st.booleans(), st.booleans())
def test_a_venue_whose_refusals_say_nothing_still_has_each_bad_symbol_named(
    names: list[str], bad_numbers: set[int], most: int, is_whole: bool, by_name: bool
) -> None:
    """All that may be sent is sent before the first answer comes; answers come in order."""
    limits = replace(BYBIT.limits, symbols_a_request=most)
    venue = replace(BYBIT, limits=limits, refuses_whole_requests=is_whole)
    bad = {f"S{number}-X" for number in bad_numbers} & set(names)
    found, number = begun(venue, *names), 0
    sent: list[tuple[int, list[str]]] = []
    while sent or not found.is_all_asked:
        while found.ready_ns <= 1:
            number += 1
            assert number < 300
            topics = json.loads(found.next_request(1))["args"]
            sent.append((number, [topic.rpartition(".")[2] for topic in topics]))
        assert sent
        request, symbols = sent.pop(0)
        guilty = [symbol for symbol in symbols if symbol in bad]
        good = [symbol for symbol in symbols if symbol not in bad]
        for _ in guilty[:1] if is_whole else guilty:
            found.on_refused(Refused("bad"))
        if guilty and is_whole:
            continue
        if by_name or guilty:
            for symbol in good:
                found.on_acknowledged(Acknowledged((symbol,)))
        else:
            found.on_acknowledged(Acknowledged(request=request))

    assert bad == set(found.refused)
    assert {"acknowledged"} >= {state for name, state in states(found).items() if name not in bad}
