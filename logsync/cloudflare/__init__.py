"""The Cloudflare API as Gatehouse reads it: two logs and the names that go with them. Knows no Django."""
