"""What Cloudflare itself says of a person when it is asked: sessions that are still open, and logins that failed.

`sessions` and `failed_logins` read its answers and hold them against the rows here; both are pure. `load` has what the
database knows, `sentences` the words.
"""
