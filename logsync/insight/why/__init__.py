"""Why a login was denied: what its policies asked for, rule by rule, beside what the login is known to have brought.

Pure: no Django, no database. `facts` are what goes in, `answer` what comes out, `judge` makes the one of the other, and
`sentences` words it. What is read from the database for it is in `logsync.insight.explain`.
"""
