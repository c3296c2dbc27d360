"""A result as it travels -> as its lines are written."""

from msgspec.structs import replace

from protocol.messages import Result
from protocol.narrow_text import is_narrow, widened


def widened_result(result: Result) -> Result:
    """Return the same result with wide texts.

    Raises:
        MalformedMessage: a text is narrow, and not what its head says.
    """
    if not is_narrow(result.mids) and not is_narrow(result.errors):
        return result
    mids, errors = (widened(text, result.count) for text in (result.mids, result.errors))
    return replace(result, mids=mids, errors=errors)
