"""Rules about Gateway lists: decided if Gatehouse may read the list."""

from __future__ import annotations

from logsync.cloudflare.policies import Rule
from logsync.insight.why.facts import Evidence
from logsync.insight.why.rules.finding import LIST, Finding, by_row, unknown
from logsync.insight.why.rules.login import NO_ADDRESS, NO_EMAIL, address_of, network_of


def email_list(rule: Rule, evidence: Evidence) -> Finding:
    seen = evidence.login.user_email
    items, reason = _items(rule, evidence)
    if items is None:
        return unknown(reason, seen)
    if not seen:
        return unknown(NO_EMAIL)
    wanted = seen.strip().casefold()
    is_met = wanted in items or any(item.strip().casefold() == wanted for item in items)
    return by_row(is_met, evidence.login, seen, LIST)


def ip_list(rule: Rule, evidence: Evidence) -> Finding:
    seen = evidence.login.ip_address
    items, reason = _items(rule, evidence)
    if items is None:
        return unknown(reason, seen)
    address = address_of(seen)
    if address is None:
        return unknown(NO_ADDRESS, seen)
    networks = [network_of(item) for item in items]
    if any(network is not None and address in network for network in networks):
        return by_row(True, evidence.login, seen, LIST)
    if None in networks:
        return unknown("an item of the list is no network that can be read", seen)
    return by_row(False, evidence.login, seen, LIST)


def _items(rule: Rule, evidence: Evidence) -> tuple[frozenset[str] | None, str]:
    """The items of a rule's list; None if they could not be read, and why."""
    found = evidence.surroundings.lists.get(rule.text("id"))
    if found is None or found.items is None:
        missing = evidence.surroundings.missing.get("lists", "")
        return None, (found.reason if found else "") or missing or "the list could not be read"
    return found.items, ""
