"""Releases of this software and their way onto this box."""
