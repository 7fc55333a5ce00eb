"""Corpus generator and measurements; not part of the package."""
