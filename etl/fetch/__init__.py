"""Origins to raw pages: one module per kind of origin, and the store that keeps the bytes.

Must not: decode, trim, drop or rewrite anything.
"""
