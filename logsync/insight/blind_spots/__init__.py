"""What is odd about the policies of an account, and where the login log shows nothing.

Pure: `setup` is what goes in, `findings` looks through it, `proof` shows what no login can meet, `sentences` has the
words. `load` reads an account from the database. Only what can be proved is said; where a rule isn't understood, or a
proof would take too long, nothing is.
"""
