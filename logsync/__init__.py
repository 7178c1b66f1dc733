"""What comes in from Cloudflare, and what it means."""
