"""The value of an option as a TOML file may say it -> as click reads it.

What the option's metavar shows is what may be said as a list or a table:

tickers = ["BTC*", "ETH*"]              an option that may be repeated
header = ["timestamp", "bid_price"]     NAMES
column = {bid_price = "bid"}            OURS=THEIRS, and whatever else has a `=`
live = {okx = ["BTC-USDT", "ETH-USDT"]} VENUE:SYMBOLS
"""

from collections.abc import Iterator
from typing import Any, Final

import click

from protocol.errors import SettingsError
from protocol.limits import INT64_MAX, INT64_MIN

NAMES: Final = "NAMES"
OF_NAMES: Final = ":SYMBOLS"
"""A table of such an option has lists of names."""


def value_of(option: click.Option, value: Any, where: str) -> Any:
    """Return what click reads, a list where an option may be repeated.

    Raises:
        SettingsError: the option does not take what stands at `where`.
    """
    metavar = option.metavar or ""
    if isinstance(value, dict):
        texts = [*_pairs(option, value, where)]
        return texts if option.multiple else ",".join(texts)
    if not isinstance(value, list):
        one = _one(option, value, where)
        return [one] if option.multiple else one
    if option.multiple:
        return [_one(option, one, where) for one in value]
    if metavar == NAMES:
        return _joined(option, value, where)
    raise SettingsError(f"{where} was a list, expected one value", code="Z209")


def _pairs(option: click.Option, table: dict[str, Any], where: str) -> Iterator[str]:
    metavar = option.metavar or ""
    has_names = OF_NAMES in metavar
    if not has_names and "=" not in metavar:
        raise SettingsError(f"{where} was a table, expected one value", code="Z209")
    for key, value in table.items():
        if isinstance(value, list) and has_names:
            yield f"{key}:{_joined(option, value, f'{where}.{key}')}"
        else:
            yield f"{key}{':' if has_names else '='}{_one(option, value, f'{where}.{key}')}"


def _joined(option: click.Option, names: list[Any], where: str) -> str:
    texts = [f"{_one(option, name, where)}" for name in names]
    for text in texts:
        if "," in text:
            raise SettingsError(f"{where} has {text!r}, expected no comma in a name", code="Z209")
    return ",".join(texts)


def _one(option: click.Option, value: Any, where: str) -> Any:
    if isinstance(value, list | dict):
        kind = "list" if isinstance(value, list) else "table"
        raise SettingsError(f"{where} has a {kind} in it, expected single values", code="Z209")
    if isinstance(value, bool) and not option.is_flag:
        raise SettingsError(f"{where} was {f'{value}'.lower()}, expected a value", code="Z209")
    if isinstance(value, float) and isinstance(option.type, type(click.INT)):
        raise SettingsError(f"{where} was {value}, expected a whole number", code="Z209")
    if isinstance(value, int) and not INT64_MIN <= value <= INT64_MAX:
        raise SettingsError(f"{where} was a number of more than 64 bits", code="Z209")
    return value
