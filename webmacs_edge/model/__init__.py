"""Words and pure rules; no I/O."""
