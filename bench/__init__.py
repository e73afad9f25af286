"""Measurements against the real thing; each script is one command, see the README."""
