"""Rules that the login's own row decides: e-mail address, IP address, country."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from logsync.cloudflare.policies import Rule
from logsync.insight.why.facts import Evidence
from logsync.insight.why.rules.finding import Finding, by_row, unknown

NO_EMAIL = "the login has no e-mail address"
NO_ADDRESS = "the login has no IP address that can be read"
# The IPv4 addresses among those of IPv6: ::ffff:0:0/96.
_MAPPED = int(IPv6Address("::ffff:0:0"))
_MAPPED_PREFIX = 96


def everyone(rule: Rule, evidence: Evidence) -> Finding:
    return by_row(True, evidence.login, "")


def email(rule: Rule, evidence: Evidence) -> Finding:
    seen, wanted = evidence.login.user_email, rule.texts("email")
    if not wanted:
        return unknown("the rule names no e-mail address", seen)
    if not seen:
        return unknown(NO_EMAIL)
    return by_row(seen.strip().casefold() in {one.casefold() for one in wanted}, evidence.login, seen)


def email_domain(rule: Rule, evidence: Evidence) -> Finding:
    seen, wanted = evidence.login.user_email, rule.texts("domain")
    if not wanted:
        return unknown("the rule names no domain", seen)
    if not seen:
        return unknown(NO_EMAIL)
    domain = seen.strip().casefold().rpartition("@")[2]
    return by_row(domain in {one.casefold().removeprefix("@") for one in wanted}, evidence.login, seen)


def ip(rule: Rule, evidence: Evidence) -> Finding:
    seen, wanted = evidence.login.ip_address, rule.texts("ip")
    networks = [network_of(text) for text in wanted]
    if not networks or None in networks:
        return unknown("the rule has no network that can be read", seen)
    address = address_of(seen)
    if address is None:
        return unknown(NO_ADDRESS, seen)
    return by_row(any(network and address in network for network in networks), evidence.login, seen)


def country(rule: Rule, evidence: Evidence) -> Finding:
    seen, wanted = evidence.login.country, rule.texts("country_code")
    if not wanted:
        return unknown("the rule names no country", seen)
    if not seen.strip():
        return unknown("the login has no country")
    return by_row(seen.strip().upper() in {one.upper() for one in wanted}, evidence.login, seen)


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """The address of a login. One that is masked is compared whole; a part of an address is none."""
    return _address(str(getattr(text, "whole", text)).strip())


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=16384)
def network_of(text: str) -> IPv4Network | IPv6Network | None:
    """The network that a rule or a list means, an address being one of its own; IPv4 written as IPv6 is IPv4."""
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    start = int(network.network_address)
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_PREFIX and start >> 32 == _MAPPED >> 32:
        return IPv4Network((start - _MAPPED, network.prefixlen - _MAPPED_PREFIX))
    return network
