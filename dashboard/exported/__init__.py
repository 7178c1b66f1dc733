"""What was exported: a record of every CSV and JSON of a list, its digest, its manifest, and the check of a file."""
