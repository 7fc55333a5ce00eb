"""Hand-made labels that the extractors are measured against; see README.md."""
