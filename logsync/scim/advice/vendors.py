"""The makers of identity providers that the advice knows, and where each shows what failed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from logsync.scim.advice import sources
from logsync.scim.advice.sources import Source


class Vendor(StrEnum):
    """Who makes an identity provider, by the name that people know."""

    OKTA = "Okta"
    ENTRA = "Microsoft Entra ID"
    JUMPCLOUD = "JumpCloud"


class Step(NamedTuple):
    """What to check or do, and where that is documented."""

    text: str
    sources: tuple[Source, ...]


# Cloudflare's own word for the type of a provider.
_BY_TYPE = {"okta": Vendor.OKTA, "azuread": Vendor.ENTRA}
# Others come through SAML or OIDC, and only the name that their owner chose says what they are.
_BY_NAME = {
    "okta": Vendor.OKTA,
    "entra": Vendor.ENTRA,
    "azure": Vendor.ENTRA,
    "jumpcloud": Vendor.JUMPCLOUD,
    "jump cloud": Vendor.JUMPCLOUD,
}


def vendor_of(provider_type: str, name: str) -> Vendor | None:
    """Who makes a provider of this type and name; None if neither says."""
    if vendor := _BY_TYPE.get(provider_type.casefold()):
        return vendor
    found = {vendor for word, vendor in _BY_NAME.items() if word in name.casefold()}
    return found.pop() if len(found) == 1 else None


# Where a failed request shows up at the provider, and what sends it again, for users and for groups.
_OKTA_USERS = Step(
    "Failed users are under Dashboard > Tasks in the Okta Admin Console; “Retry Selected” sends them again.",
    (sources.OKTA_TROUBLESHOOTING,),
)
_OKTA_GROUPS = Step(
    "Failed groups are on the app’s Push Groups tab, under Errors; “Retry All Groups” sends them again.",
    (sources.OKTA_GROUP_PUSH,),
)
_ENTRA = Step(
    "The failed step is in the app’s provisioning logs. Entra retries on its own, less and less often; “Provision on "
    "demand” tries one user, or one group with up to five members, at once.",
    (sources.ENTRA_RETRIES, sources.ENTRA_ON_DEMAND),
)
_JUMPCLOUD_USERS = Step(
    "Look in Directory Insights for user_create_provision and user_update_provision events of the app.",
    (sources.JUMPCLOUD_SCIM,),
)
_JUMPCLOUD_GROUPS = Step(
    "Look in Directory Insights for group_create_provision and group_update_provision events of the app.",
    (sources.JUMPCLOUD_SCIM,),
)

WHERE_TO_LOOK: Mapping[tuple[Vendor, str], Step] = {
    (Vendor.OKTA, "USER"): _OKTA_USERS,
    (Vendor.OKTA, "GROUP"): _OKTA_GROUPS,
    (Vendor.ENTRA, "USER"): _ENTRA,
    (Vendor.ENTRA, "GROUP"): _ENTRA,
    (Vendor.JUMPCLOUD, "USER"): _JUMPCLOUD_USERS,
    (Vendor.JUMPCLOUD, "GROUP"): _JUMPCLOUD_GROUPS,
}
