"""What Access asks for: applications, policies, rule groups, lists, service tokens, and what is odd about them."""
