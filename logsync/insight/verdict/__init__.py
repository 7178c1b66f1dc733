"""What may be said of one person, by a closed catalogue of sentences, each with the rows that prove it.

`catalogue.judge` is a pure function of `facts.Facts`, which `loading.facts_of` gathers.
"""
