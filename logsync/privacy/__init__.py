"""Everything that is kept about one person, and forgetting it."""
