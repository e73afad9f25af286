"""Samples to watchers."""
