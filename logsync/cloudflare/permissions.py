"""The permissions of an API token that Gatehouse needs, by the names that Cloudflare's dashboard has for them."""

LOGINS_PERMISSION = "Access: Audit Logs Read"
SCIM_PERMISSION = "Access: SCIM Logs Read"
APPS_PERMISSION = "Access: Apps and Policies Read"
PROVIDERS_PERMISSION = "Access: Organizations, Identity Providers, and Groups Read"
ACCOUNTS_PERMISSION = "Account Settings Read"
