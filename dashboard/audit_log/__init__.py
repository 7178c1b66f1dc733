"""Who did what, when, and from where: written once, kept KEEP_AUDIT_DAYS, and never changed."""
