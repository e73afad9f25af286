"""Happenings -> people's mailboxes."""
