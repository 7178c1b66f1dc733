"""What denied people have in common that allowed people don't.

`load` reads the people from the database, `observations` says what is compared, `compare` finds what stands out, and
`phrases` puts it into words. `fisher` and `intervals` are the statistics. Only `load` uses Django.
"""
