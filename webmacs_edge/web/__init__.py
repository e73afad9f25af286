"""What people and machines see: pages, JSON API and streams."""
