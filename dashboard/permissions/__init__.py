"""Who may do what: permissions, the roles that hold them, and the declaration beside each URL."""
