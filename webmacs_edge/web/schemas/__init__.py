"""The shapes of bodies that come in and go out, one module per noun."""
