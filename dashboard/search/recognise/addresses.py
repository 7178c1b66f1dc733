"""IP addresses, URLs and host names in a text of one line."""

import ipaddress
import re

from dashboard.search.recognise.kinds import Found, Kind

_SCHEME = r"\b(?:https?|wss?|ftp|ssh|rdp|vnc|smb|tcp)://"
# A URL ends where another begins in its query: mail programs rewrite links so that the real one is in there.
URL = re.compile(
    rf"""(?ix)
    {_SCHEME} (?P<host> \[[0-9a-f:.%]++\] | [^\s<>"'|/?\#:,;()\x00]++ ) (?: :[0-9]{{1,5}} )?
    (?P<path> (?: (?!{_SCHEME}) [^\s<>"|?\#&\x00] )* ) (?: (?!{_SCHEME}) [^\s<>"|] )*"""
)
HOST = re.compile(
    r"""(?x)
    (?<![\w@.*/\\-]) (?P<host> (?:\*\.)? [\w-]++ (?:\.[\w-]++)++ ) (?: :[0-9]{1,5}\b )?
    (?P<path> /[^\s<>"|?\#&,;\x00]* )? (?: [?\#] [^\s<>"|]* )? (?!@)"""
)
# The sign-on address of a SaaS app: its last part is an id, and means the app only as a part of the address.
SSO_ADDRESS = re.compile(
    r"""(?ix)
    (?<![\w@.-]) (?P<host> [\w-]++ (?:\.[\w-]++)++ )
    (?P<path> /cdn-cgi/access/sso/ [^\s<>"|?\#&,;\x00]++ ) (?: [?\#] [^\s<>"|]* )?"""
)
IP_V4 = re.compile(r"(?<![\w.])(?P<address>(?:[0-9]{1,3}\.){3}[0-9]{1,3})(?P<length>/[0-9]{1,2}\b)?(?!\w|\.[0-9])")
IP_V6 = re.compile(
    r"(?:(?<![\w:.])|(?<=[A-Za-z]:))(?P<address>[0-9A-Fa-f:][0-9A-Fa-f:.]{1,60})(?P<length>/[0-9]{1,3}\b)?(?!\w)"
)

# A capital inside means a name from code, as in `name.givenName`.
_TOP_LEVEL_DOMAIN = re.compile(r"[^\W\d_A-Z]{2,63}|[A-Z]{2,63}|(?i:xn--[a-z0-9-]{2,59})")
_FILE_ENDING = re.compile(
    r"(?ix) aspx|bat|cfg|conf|css|csv|dll|docx?|exe|gif|gz|html?|ini|jpe?g|js|json|jsp|log|pdf|php|png|pptx?|svg|txt"
    r"|xlsx?|xml|ya?ml"
)
# Cloudflare's own pages link to these; they are nobody's app.
_NO_APPS = {"cloudflare.com", "www.cloudflare.com", "support.cloudflare.com", "developers.cloudflare.com"}
# Access's own pages. The path of a login page ends with the host name of the app; that of a sign-on page is the app's.
_ACCESS_PAGES, _LOGIN_PAGE, _SSO_PAGE = "/cdn-cgi/", "/cdn-cgi/access/login/", "/cdn-cgi/access/sso/"
_LOGIN_HOST = ".cloudflareaccess.com"
_TRAILING_PUNCTUATION = ".,;:!?)]}'*_/\\"


def url(match: re.Match[str]) -> Found | None:
    """The app of a URL (host and path, without port and query), or the IP address if it has one as its host."""
    host = match["host"].rstrip(_TRAILING_PUNCTUATION).lstrip("[").lower()
    return _ip_address(host) or _app(host, match["path"])


def sso_address(match: re.Match[str]) -> Found | None:
    """The SaaS app of a sign-on address."""
    return _app(match["host"].lower(), match["path"])


def host_name(match: re.Match[str]) -> Found | None:
    """The app of a host name on its own. Names of files and names from code are not hosts."""
    host = match["host"].rstrip("-_")
    top_level_domain = host.rpartition(".")[2]
    if not _TOP_LEVEL_DOMAIN.fullmatch(top_level_domain) or _FILE_ENDING.fullmatch(top_level_domain):
        return None
    return _app(host.lower(), match["path"] or "")


def ip_address(match: re.Match[str]) -> Found | None:
    """An IP address in standard form (RFC 5952), or a network with its prefix length."""
    address = match["address"].rstrip(".")
    if address.endswith(":") and not address.endswith("::"):
        address = address[:-1]
    if not any(character.isdigit() for character in address):
        return None
    return _network(address + (match["length"] or "")) or _ip_address(address)


def _app(host: str, path: str) -> Found | None:
    if host.endswith(_LOGIN_HOST) and path.startswith(_LOGIN_PAGE):
        host, path = path.removeprefix(_LOGIN_PAGE).partition("/")[0].lower(), ""
    path = path if path.startswith(_SSO_PAGE) else path.partition(_ACCESS_PAGES)[0]
    path = path.rstrip(_TRAILING_PUNCTUATION)
    return Found(Kind.APP_DOMAIN, host + path) if host and host not in _NO_APPS else None


def _ip_address(text: str) -> Found | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # An IPv4 address mapped to IPv6, such as ::ffff:192.0.2.1, is logged as IPv4.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return Found(Kind.IP_ADDRESS, str(mapped or address))


def _network(text: str) -> Found | None:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    is_one_address = network.prefixlen == network.max_prefixlen
    return _ip_address(str(network[0])) if is_one_address else Found(Kind.IP_ADDRESS, str(network))
