"""Signing in: by Cloudflare Access, by an identity provider, or by a password."""
