"""The pages about the audit log: who did what, when, and from where."""
