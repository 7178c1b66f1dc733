"""Somebody's account: a link that sets the password, their sessions and their second factors."""
