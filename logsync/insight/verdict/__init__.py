"""What the logs show about one person: a fixed set of sentences, each with the rows that prove it.

`loading.facts_of` loads `facts.Facts` from the database; `rules.judge` turns them into a `statement.Verdict`, without
reading anything itself. The wording is in `sentences`.
"""
