"""What changed in the configuration of Access, where and when, beside what happened to logins."""
