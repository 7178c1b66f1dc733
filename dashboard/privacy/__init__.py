"""Everything about one person: as a file, or erased for good."""
