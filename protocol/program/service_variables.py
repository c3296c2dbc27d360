"""Variables that Kubernetes and compose set for a service, with names like our settings.

A service called `zreplay` gives every container beside it ZREPLAY_SERVICE_HOST, ZREPLAY_PORT,
ZREPLAY_PORT_5555_TCP and more; one called `zreplay-feed` gives ZREPLAY_FEED_PORT.
"""

import re
from typing import Final

_OF_A_SERVICE: Final = re.compile(
    r"(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
    r"|HOST|PORT"
)
_PORT_OF_A_SERVICE: Final = re.compile(r"\w+_PORT")
_LINK: Final = re.compile(r"(tcp|udp|sctp)://")


def is_of_a_service(rest: str, value: str) -> bool:
    """Return whether a variable says where a service is; `rest` is its name without our prefix."""
    if _OF_A_SERVICE.fullmatch(rest):
        return True
    # A setting of ours that is called so is a number.
    return bool(_PORT_OF_A_SERVICE.fullmatch(rest) and _LINK.match(value))
