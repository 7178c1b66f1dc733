"""The public pages that the advice rests on."""

from typing import NamedTuple


class Source(NamedTuple):
    """A public page, with what a link to it says."""

    label: str
    url: str


_CLOUDFLARE = "https://developers.cloudflare.com/cloudflare-one"
_PROVIDERS = f"{_CLOUDFLARE}/integrations/identity-providers"
_ENTRA = "https://learn.microsoft.com/en-us/entra/identity"
_OKTA = "https://help.okta.com/oie/en-us/content/topics"
_RFC = "https://www.rfc-editor.org/rfc/rfc7644.html"

RFC_ERRORS = Source("RFC 7644, section 3.12: errors", f"{_RFC}#section-3.12")
RFC_PATCH = Source("RFC 7644, section 3.5.2: PATCH", f"{_RFC}#section-3.5.2")
RFC_VERSIONS = Source("RFC 7644, section 3.14: versions of resources", f"{_RFC}#section-3.14")

CLOUDFLARE_SCIM = Source("Cloudflare: SCIM provisioning", f"{_CLOUDFLARE}/team-and-resources/users/scim/")
CLOUDFLARE_SEATS = Source("Cloudflare: seat management", f"{_CLOUDFLARE}/team-and-resources/users/seat-management/")
CLOUDFLARE_STATUS = Source("Cloudflare status", "https://www.cloudflarestatus.com/")
CLOUDFLARE_OKTA = Source("Cloudflare: SCIM with Okta", f"{_PROVIDERS}/okta/#synchronize-users-and-groups")
CLOUDFLARE_ENTRA = Source(
    "Cloudflare: SCIM with Microsoft Entra ID", f"{_PROVIDERS}/entra-id/#synchronize-users-and-groups"
)
CLOUDFLARE_JUMPCLOUD = Source(
    "Cloudflare: SCIM with JumpCloud", f"{_PROVIDERS}/jumpcloud-saml/#synchronize-users-and-groups"
)

OKTA_TROUBLESHOOTING = Source("Okta: troubleshoot provisioning", f"{_OKTA}/provisioning/lcm/troubleshooting.htm")
OKTA_GROUP_PUSH = Source(
    "Okta: troubleshoot Group Push", f"{_OKTA}/users-groups-profiles/usgp-group-push-troubleshoot.htm"
)
OKTA_PREREQUISITES = Source(
    "Okta: Group Push prerequisites", f"{_OKTA}/users-groups-profiles/usgp-group-push-prerequisites.htm"
)
OKTA_SCIM = Source("Okta: SCIM 2.0 reference", "https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20")

ENTRA_RETRIES = Source(
    "Microsoft: errors and retries", f"{_ENTRA}/app-provisioning/how-provisioning-works#errors-and-retries"
)
ENTRA_SCOPE = Source(
    "Microsoft: who is provisioned", f"{_ENTRA}/app-provisioning/how-provisioning-works#assignment-based-scoping"
)
ENTRA_CODES = Source(
    "Microsoft: error codes of provisioning",
    f"{_ENTRA}/monitoring-health/howto-analyze-provisioning-logs#error-codes",
)
ENTRA_MAPPINGS = Source("Microsoft: attribute mappings", f"{_ENTRA}/app-provisioning/customize-application-attributes")
ENTRA_ON_DEMAND = Source("Microsoft: on-demand provisioning", f"{_ENTRA}/app-provisioning/provision-on-demand")
ENTRA_SCIM = Source(
    "Microsoft: SCIM 2.0 compliance",
    f"{_ENTRA}/app-provisioning/application-provisioning-config-problem-scim-compatibility",
)

JUMPCLOUD_SCIM = Source(
    "JumpCloud: custom SCIM integration",
    "https://jumpcloud.com/support/"
    "provision-and-manage-users-and-groups-in-apps-using-custom-scim-identity-management-integration",
)
JUMPCLOUD_TROUBLESHOOTING = Source(
    "JumpCloud: troubleshoot custom SCIM", "https://jumpcloud.com/support/troubleshoot-custom-scim-integrations"
)
