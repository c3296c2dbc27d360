"""A definition says each of its faults by the key."""

from typing import Any

import pytest

from protocol.errors import SettingsError
from zreplay.recordings.formats.definition import definition_of, tens_of
from zreplay.recordings.formats.kept_rows import KeptRows
from zreplay.recordings.formats.time_form import ANY, TimeForm

COLUMNS = {"timestamp": "t", "bid_price": ["b", "bid"], "ask_price": "a"}


def test_what_is_not_said_has_its_default() -> None:
    found = definition_of("mine", {"columns": COLUMNS})

    assert ("mine", "", False, "") == (found.name, found.what, found.is_verified, found.delimiter)
    assert {"timestamp": ("t",), "bid_price": ("b", "bid"), "ask_price": ("a",)} == found.columns
    assert TimeForm() == found.time


def test_all_that_can_be_said_is_read() -> None:
    found = definition_of(
        "mine",
        {
            "columns": COLUMNS,
            "needs": ["timestamp"],
            "delimiter": ";",
            "time": {"form": "epoch", "unit": "ms", "zone": "Asia/Tokyo"},
            "prices": {
                **{"scale": 1e-9, "missing": [0, 5, "NaN"], "negative": True},
                "empty": "unchanged",
            },
            "told_by": ["x"],
            "rows": {"comments": ["#"], "keep": {"kind": ["Q"], "type": "T", "flags": 128}},
            "amounts": {"scale": "0.01"},
        },
    )

    assert (";", 9, 2, True) == (
        *(found.delimiter, found.price_tens, found.amount_tens, found.may_be_negative),
    )
    assert TimeForm("", "ms", zone="Asia/Tokyo") == found.time
    assert ((0.0, 5.0), ("nan",)) == (found.missing_prices, found.missing_texts)
    assert (("x",), ("#",), True) == (found.told_by, found.comments, found.is_empty_unchanged)
    assert (
        KeptRows("kind", ("Q",)),
        KeptRows("type", ("T",)),
        KeptRows("flags", bits=128),
    ) == found.kept


def test_an_epoch_without_a_unit_is_told_by_its_magnitude() -> None:
    found = definition_of("mine", {"columns": COLUMNS, "time": {"form": "epoch"}})

    assert ANY == found.time.template


def test_an_empty_price_is_missing_or_unchanged() -> None:
    said = [{}, {"prices": {"empty": "missing"}}, {"prices": {"empty": "unchanged"}}]

    assert [False, False, True] == [
        definition_of("mine", {"columns": COLUMNS, **each}).is_empty_unchanged for each in said
    ]


def test_another_content_is_another_digest() -> None:
    digests = {
        definition_of("mine", {"columns": COLUMNS, **more}).digest
        for more in ({}, {"what": "x"}, {"ticker": "A"})
    }

    assert 3 == len(digests)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, "has no timestamp, ask_price, bid_price"),
        ({"columns": {"timestamp": "t"}}, "has no ask_price, bid_price"),
        ({"columns": {**COLUMNS, "price": "p"}}, "columns.price is no column of ours"),
        ({"columns": {**COLUMNS, "ticker": 5}}, "ticker was 5"),
        ({"columns": COLUMNS, "needs": ["latency"]}, "has no latency"),
        ({"columns": COLUMNS, "spam": 1}, "spam is no key"),
        ({"columns": COLUMNS, "time": {"units": "ms"}}, "time.units is no key"),
        ({"columns": COLUMNS, "time": {"unit": "hour"}}, "'hour'"),
        ({"columns": COLUMNS, "time": {"zone": "Mars/Olympus"}}, "no zone 'Mars/Olympus'"),
        ({"columns": COLUMNS, "time": {"form": "yyyy"}}, "'yyyy' is no form of times"),
        ({"columns": COLUMNS, "delimiter": "ab"}, "delimiter was 'ab'"),
        ({"columns": COLUMNS, "verified": "yes"}, "verified was 'yes'"),
        ({"columns": COLUMNS, "prices": {"missing": [[1]]}}, "prices.missing"),
        ({"columns": COLUMNS, "prices": {"missing": [float("nan")]}}, "prices.missing"),
        ({"columns": COLUMNS, "prices": {"scale": 2}}, "prices.scale was 2"),
        ({"columns": COLUMNS, "prices": {"empty": "zero"}}, "prices.empty was 'zero'"),
        ({"columns": COLUMNS, "prices": {"empty": "x"}}, "prices.empty was 'x'"),
        ({"columns": COLUMNS, "rows": {"keep": {"a": []}}}, "rows.keep.a was []"),
        ({"columns": COLUMNS, "rows": {"keep": {"a": ["\xe4"]}}}, "rows.keep.a was"),
        ({"columns": COLUMNS, "rows": {"keep": {"a": 0}}}, "rows.keep.a was 0"),
        ({"columns": COLUMNS, "rows": {"keep": {"a": 1 << 60}}}, "rows.keep.a was"),
        ({"columns": COLUMNS, "rows": {"keep": {"a": True}}}, "rows.keep.a was"),
        ({"columns": COLUMNS, "rows": {"comments": [""]}}, "rows.comments was ['']"),
        (
            {"columns": {**COLUMNS, "date": "d"}, "time": {"form": "epoch"}},
            "time.form has no place for the column of the date",
        ),
    ],
)
def test_a_fault_is_named(content: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match="mine|time|zone|form") as refused:
        definition_of("mine", content)

    assert words in str(refused.value.what)
    assert "Z203" == refused.value.code


@pytest.mark.parametrize(("scale", "tens"), [(1, 0), ("0.1", 1), (1e-9, 9), ("1e-22", 22)])
def test_a_scale_is_a_power_of_ten(scale: object, tens: int) -> None:
    assert tens == tens_of(scale, "scale")


@pytest.mark.parametrize("scale", [0, 2, "0.2", 10, "1e-23", "x", "nan", -1])
def test_what_is_no_power_of_ten_that_can_be_exact_is_refused(scale: object) -> None:
    with pytest.raises(SettingsError, match="scale was"):
        tens_of(scale, "scale")
