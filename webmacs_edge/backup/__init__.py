"""Backups of everything, and the way back."""
