"""Filters of the audit log."""

from __future__ import annotations

import ipaddress

from django.db.models import Q

from dashboard.audit_log.actions import Action
from dashboard.lists.filters import ChoicesFilter, EventFilterSet, TextFilter, ValuesFilter
from dashboard.lists.parameters import any_text
from logsync.models.networks import in_network, network_named


class WordsFilter(TextFilter):
    """Entries with all words of one of the texts in their subject or user name."""

    def condition(self, values: list[str]) -> Q:
        return any_text(values, lambda word: Q(subject__holds=word) | Q(username__holds=word))


class AddressFilter(ValuesFilter):
    """Entries from one of the IP addresses, however they are written, or from a network such as 198.51.100.0/24."""

    def condition(self, values: list[str]) -> Q:
        found = Q()
        for value in values:
            network = network_named(value)
            found |= in_network(self.field_name, network) if network else Q(**{self.field_name: self.key(value)})
        return found

    def key(self, value: str) -> str:
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            return value


class AuditFilter(EventFilterSet):
    """Entries by who did what to whom, from where."""

    account = None  # type: ignore[assignment]
    has_box = True
    example = "username:ada action:exported"

    username = ValuesFilter(label="Who")
    action = ChoicesFilter(label="What", choices=[("", "any"), *Action.choices])
    subject = ValuesFilter(label="Subject")
    ip_address = AddressFilter(label="IP address")
    q = WordsFilter(label="Words in subject or user name", field_name="subject")

    class Meta:
        fields: list[str] = []
