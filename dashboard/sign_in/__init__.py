"""Signing in: by a password, a passkey, an identity provider or Cloudflare Access; second factors and sessions."""
