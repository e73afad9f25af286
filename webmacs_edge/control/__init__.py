"""Requests to outputs: set points, interlocks, safe values, confirmation."""
