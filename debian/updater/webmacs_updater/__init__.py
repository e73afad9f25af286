"""The privileged half of an update: believes nothing, installs, watches, and goes back."""
