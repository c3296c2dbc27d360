"""What travels: a record whose fields go over the wire, or to disk, in their order."""

import msgspec


class Travelling(
    msgspec.Struct, frozen=True, array_like=True, gc=False, forbid_unknown_fields=True
):
    """Encoded as an array of its fields, in order; immutable.

    No field has a default: an array that ends before it would pass as complete.
    """
