"""The pages on which admins invite people, give and take roles, and disable accounts."""
