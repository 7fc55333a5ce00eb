"""Page bytes to typed rows, one module per page layout.

Must not: read or write files, look at any other page, know Dagster, or depend on the clock.
"""
