"""Signing in by Cloudflare Access, which stands in front of Gatehouse and sends a token with every request."""
