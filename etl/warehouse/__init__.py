"""The DuckDB warehouse: built from the files in sql/, read through a locked connection, published by a link swap.

Must not: read anything but the clean tables and reference data.
"""
