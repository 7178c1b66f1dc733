"""Who did what, when, and from where: kept for good, and never changed."""
