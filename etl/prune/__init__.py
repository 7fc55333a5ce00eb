"""Duplicates removed, each removal kept with its reason: sidebar entries and repeated articles.

Must not: lose a row without a reason, or depend on the order in which pages were loaded.
"""
