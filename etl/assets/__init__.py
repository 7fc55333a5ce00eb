"""The pipeline in run order: raw, parsed, clean, then core, marts and quality. Assets hold no logic; they call it."""
