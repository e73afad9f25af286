"""WebMACS Edge: one process that reads the plant, keeps history and serves pages."""

__version__ = "0.1.0"
