"""What to call the `connection` of a login: one rule for every page, ticket and sentence.

The name of the account's identity provider, where only one of its providers is of that type; else the product's name;
else the word of the log. Exports and addresses keep the word of the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from logsync.models import Account

PRODUCTS = {
    "azureAD": "Microsoft Entra ID",
    "centrify": "Centrify",
    "facebook": "Facebook",
    "github": "GitHub",
    "google": "Google",
    "google-apps": "Google Workspace",
    "linkedin": "LinkedIn",
    "nonidentity": "Service token or no identity",
    "oidc": "OpenID Connect",
    "okta": "Okta",
    "onelogin": "OneLogin",
    "onetimepin": "One-time PIN",
    "pingone": "PingOne",
    "saml": "SAML",
    "service_token": "Service token",
    "yandex": "Yandex",
}


@dataclass(frozen=True, slots=True)
class ConnectionNames:
    """The names of connections. `providers` has the only provider of a type by account and type."""

    providers: Mapping[tuple[int, str], str] = field(default_factory=dict)
    # The same by type, where all accounts agree.
    everywhere: Mapping[str, str] = field(default_factory=dict)

    def name(self, connection: str, account_id: int | None = None) -> str:
        """The name of a connection, of logins of one account or of any."""
        known = self.everywhere.get(connection) if account_id is None else self.providers.get((account_id, connection))
        return known or PRODUCTS.get(connection, connection)

    @property
    def known(self) -> list[tuple[str, str]]:
        """Every connection that has a name of its own, with that name."""
        return list((PRODUCTS | dict(self.everywhere)).items())

    def within(self, account_id: int) -> ConnectionNames:
        """The names for a page that is about one account."""
        own = {type: name for (account, type), name in self.providers.items() if account == account_id}
        return ConnectionNames(self.providers, own)


def connection_names() -> ConnectionNames:
    """The names of all connections: one query.

    An account whose providers could not be listed may have others than those that are known, so it gives no name.
    """
    of_type: dict[tuple[int, str], list[str]] = {}
    uncertain: set[int] = set()
    provider = [f"identity_providers__{name}" for name in ("type", "label", "name")]
    for account, error, type, label, name in Account.objects.values_list("pk", "providers_error", *provider).order_by():
        if error:
            uncertain.add(account)
        if type:
            of_type.setdefault((account, type), []).append(label or name)
    only = {key: names[0] for key, names in of_type.items() if len(names) == 1 and names[0] and key[0] not in uncertain}
    by_type: dict[str, set[str]] = {}
    for key in of_type:
        by_type.setdefault(key[1], set()).add(only.get(key, ""))
    agreed = {type: names.pop() for type, names in by_type.items() if len(names) == 1}
    return ConnectionNames(only, {} if uncertain else agreed)
