"""What if: policies edited on a page, never sent to Cloudflare, and tried against the kept logins."""
