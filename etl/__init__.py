"""The KCNA warehouse: saved KCNA Watch pages, parsed, checked and loaded into DuckDB."""
