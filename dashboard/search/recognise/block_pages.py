"""Recognise the pages that Cloudflare shows to people it blocks.

Sources: https://developers.cloudflare.com/cloudflare-one/access-controls/access-settings/block-page/ and
https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/.
The owner of an app can change the text of both pages, so a text that is not recognised may still be one.
"""

import re
from enum import StrEnum


class BlockPage(StrEnum):
    NONE = ""
    # Access's own page: the event may be in the login log.
    ACCESS = "access"
    # The page of the firewall, which comes before Access: the event is in Security Events.
    FIREWALL = "firewall"


_FIREWALL = re.compile(
    r"""(?ix)
      sorry,?\ you\ have\ been\ blocked
    | triggered\ the\ security\ solution
    | using\ a\ security\ service\ to\ protect\ itself
    | \b error (?:\ code)? :?\ ? (?: 1006 | 1007 | 1008 | 1009 | 1010 | 1012 | 1020 ) \b"""
)
_ACCESS = re.compile(
    r"""(?ix)
      that\ account\ does\ not\ have\ access
    | you\ (?:don't|do\ not)\ have\ permission\ to\ view\ this
    | \b app\ aud \b
    | \b mtls\ status \b
    | error\ .{1,3}\ cloudflare\ access"""
)
_ACCESS_JSON = [re.compile(rf'(?i)\\?"{name}\\?" ?:') for name in ("aud", "ray_id")]


def block_page(text: str) -> BlockPage:
    """The block page that a line of text is or contains."""
    if _FIREWALL.search(text):
        return BlockPage.FIREWALL
    is_access = _ACCESS.search(text) or all(pattern.search(text) for pattern in _ACCESS_JSON)
    return BlockPage.ACCESS if is_access else BlockPage.NONE
