"""Plant to samples: the scan cycle, scaling, quality, deadband."""
