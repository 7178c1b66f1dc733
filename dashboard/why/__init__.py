"""What pages show of the answer why a login was denied: the card with its policies, rule by rule, and its JSON.

What is known is in `logsync.insight.why`; `discretion` says what of it a viewer may see.
"""
