"""Who is let in is whom the list lets in, as it is now: at the handshake and at each message."""

import pytest
from msgspec.structs import replace
from zmq.utils import z85

from protocol.keys.allowed import AllowedKeys
from protocol.keys.guard import MOST_REFUSALS, Guard, Refusal
from protocol.zap import Candidate, ZapVerdict
from tests.protocol.keys.key_examples import ALLOWED, PAIRS, key_of_role, pair

WORKER = PAIRS["worker"][0]
REVOKED = ALLOWED.with_key("worker", replace(ALLOWED.by_name["worker"], revoked=True))


def candidate(public: str, socket: str = "batches") -> Candidate:
    return Candidate(socket, "10.0.0.7", "CURVE", (z85.decode(public),))


def guard_with(*later: AllowedKeys) -> Guard:
    """Return a guard that is told of these lists, one at each look."""
    lists = [*later]
    return Guard(key_of_role("replayer"), ALLOWED, lambda: lists.pop(0) if lists else None)


def test_a_peer_is_let_in_under_its_key() -> None:
    assert ZapVerdict(True, user=WORKER) == guard_with().admit(candidate(WORKER))


@pytest.mark.parametrize(
    ("asking", "name", "reason"),
    [
        (candidate(pair()[0]), "", "the key is not known here"),
        (candidate(PAIRS["read"][0]), "read", "the role read may not use batches"),
        (candidate(WORKER, ""), "worker", "the role worker may not use "),
        (Candidate("batches", "10.0.0.7", "CURVE", ()), "", "the key is not known here"),
        (Candidate("batches", "10.0.0.7", "CURVE", (b"x",)), "", "the key is not known here"),
    ],
    ids=["unknown", "other role", "no socket", "no key", "short key"],
)
def test_another_is_refused_and_told_with_its_address_and_its_name(
    asking: Candidate, name: str, reason: str
) -> None:
    guard = guard_with()

    assert ZapVerdict(False, reason) == guard.admit(asking)
    assert [Refusal(asking.domain, "10.0.0.7", name, reason)] == [*guard.refusals]


def test_a_socket_without_keys_admits_as_before_and_takes_no_password() -> None:
    null = Candidate("batches", "", "NULL", ())

    assert guard_with().admit(null).is_admitted
    assert not guard_with().admit(null._replace(mechanism="PLAIN")).is_admitted


def test_a_list_that_has_changed_holds_from_the_next_handshake_on() -> None:
    guard = guard_with(REVOKED, ALLOWED)

    assert [False, True] == [guard.admit(candidate(WORKER)).is_admitted for _ in range(2)]


def test_a_revoked_key_speaks_no_more_though_its_connection_is_there() -> None:
    guard = guard_with()
    guard.admit(candidate(WORKER, "results"))
    assert guard.check(WORKER, "results")
    guard._changed = lambda: REVOKED
    guard.look()

    assert not guard.check(WORKER, "results")
    assert [Refusal("results", "", "worker", "the key is revoked")] == [*guard.refusals]


@pytest.mark.parametrize("role", ["control", "read", "consumer", "worker"])
def test_only_a_key_for_control_may_use_a_verb_that_changes_something(role: str) -> None:
    guard = guard_with()
    may = guard.check_change(PAIRS[role][0], "seek")

    assert (role == "control") == may
    told = [Refusal("control", "", role, "its role may not seek")]
    assert ([] if may else told) == [*guard.refusals]


def test_each_socket_with_a_revoked_peer_is_named_once_and_again_if_it_comes_again() -> None:
    guard = guard_with(ALLOWED, ALLOWED, REVOKED)
    guard.admit(candidate(WORKER, "batches"))
    guard.admit(candidate(PAIRS["control"][0], "control"))
    assert set() == guard.take_outdated()
    guard.look()

    assert [{"batches"}, set()] == [guard.take_outdated() for _ in range(2)]
    guard._changed = lambda: ALLOWED
    guard.admit(candidate(WORKER, "batches"))
    guard._changed = lambda: REVOKED
    guard.look()
    assert {"batches"} == guard.take_outdated()


def test_a_flood_of_refusals_takes_no_memory() -> None:
    guard = guard_with()
    for _ in range(2 * MOST_REFUSALS):
        guard.admit(candidate(pair()[0]))

    assert MOST_REFUSALS == len(guard.refusals)
