"""Tabler's stylesheet as it came, and the script that takes from it what the pages use."""
