"""What the people who were denied have in common that those who were let in have not.

`fisher` and `intervals` are the statistics, `observations` says what is compared, `compare` finds what stands out and
says it; none of them knows Django. `load` reads the people from the database.
"""
