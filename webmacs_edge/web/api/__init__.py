"""The JSON API of WebMACS 2.x under /api/v1, one module per noun."""
