"""Samples to store: recording, sealed chunks, trends, export."""
