"""The permissions of an API token that Gatehouse needs, by the names that Cloudflare's dashboard has for them."""

LOGINS_PERMISSION = "Access: Audit Logs Read"
SCIM_PERMISSION = "Access: SCIM Logs Read"
APPS_PERMISSION = "Access: Apps and Policies Read"
PROVIDERS_PERMISSION = "Access: Organizations, Identity Providers, and Groups Read"
ACCOUNTS_PERMISSION = "Account Settings Read"
# What follows makes answers better; without it Gatehouse does not ask, and says what is missing.
SERVICE_TOKENS_PERMISSION = "Access: Service Tokens Read"
LISTS_PERMISSION = "Zero Trust Read"
AUDIT_LOG_PERMISSION = ACCOUNTS_PERMISSION
# Users, and what Cloudflare last saw of them.
USERS_PERMISSION = LOGINS_PERMISSION
