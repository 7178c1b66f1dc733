"""Recognise the pages that are shown to people who are stopped, and say who stopped them.

Sources: https://developers.cloudflare.com/cloudflare-one/access-controls/access-settings/block-page/ and
https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/.
The owner of an app can change the text of Cloudflare's pages, so a text that is not recognised may still be one.
"""

import re
from enum import StrEnum


class BlockPage(StrEnum):
    NONE = ""
    # A service token that Access refused: there may be no event in the login log.
    SERVICE_TOKEN = "service_token"
    # Access's own page: the event may be in the login log.
    ACCESS = "access"
    # The page of the firewall, which comes before Access: the event is in Security Events.
    FIREWALL = "firewall"
    # The page of a rate limit, which comes before Access, too.
    RATE_LIMIT = "rate_limit"
    # A page of the identity provider: the person never came back to Access.
    IDENTITY_PROVIDER = "identity_provider"


_RATE_LIMIT = re.compile(r"(?i)\b error (?:\ code)? :?\ ? 1015 \b | you\ are\ being\ rate\ limited", re.VERBOSE)
_FIREWALL = re.compile(
    r"""(?ix)
      sorry,?\ you\ have\ been\ blocked
    | triggered\ the\ security\ solution
    | using\ a\ security\ service\ to\ protect\ itself
    | \b error (?:\ code)? :?\ ? (?: 1006 | 1007 | 1008 | 1009 | 1010 | 1012 | 1020 ) \b"""
)
# Microsoft Entra ID, Okta, Google and others, in their own words.
_IDENTITY_PROVIDER = re.compile(
    r"""(?ix)
      \b AADSTS [0-9]{3,9} \b
    | user\ is\ not\ assigned\ to\ (?:the\ client|this)\ application
    | you\ (?:are\ not|aren't)\ allowed\ to\ access\ this\ app
    | \b error\ [0-9]{3}:\ [a-z]{3,30}_[a-z]{3,30}"""
)
_SERVICE_TOKEN = re.compile(
    r"""(?ix)
      \b cf-access-client-(?:id|secret) \b
    | service[_\ -]token[_\ -]status [\\"':\ ]{1,4} (?!none|null|false) [a-z]
    | service_token_id [\\"':\ ]{2,6} [0-9a-f]{8}
    | service[_\ -]token\ (?:is\ |was\ |has\ |has\ been\ )? (?:invalid|expired|revoked|refused|rejected|not\ accepted)
    | (?:invalid|expired|revoked|refused|rejected)\ (?:access\ )? service[_\ -]token"""
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
# What names its maker most surely comes first.
_BY_TEXT = (
    (_IDENTITY_PROVIDER, BlockPage.IDENTITY_PROVIDER),
    (_RATE_LIMIT, BlockPage.RATE_LIMIT),
    (_FIREWALL, BlockPage.FIREWALL),
    (_SERVICE_TOKEN, BlockPage.SERVICE_TOKEN),
    (_ACCESS, BlockPage.ACCESS),
)


def block_page(text: str) -> BlockPage:
    """The block page that a line of text is or contains."""
    for pattern, page in _BY_TEXT:
        if pattern.search(text):
            return page
    return BlockPage.ACCESS if all(pattern.search(text) for pattern in _ACCESS_JSON) else BlockPage.NONE
