"""A number in a text from outside -> an integer, if it is no larger than it may be.

`int` refuses more than 4,300 digits with a ValueError, and takes digits of any script.
"""


def whole_number(text: str, most: int) -> int | None:
    """Return what decimal digits say, None if they are none or say more than `most`."""
    if not (text.isascii() and text.isdecimal()):
        return None
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(most)) or int(digits) > most:
        return None
    return int(digits)
