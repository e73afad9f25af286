"""Secrets that commands ask for: hidden at a terminal, else a line of the standard input."""

import argparse
import sys

from webmacs_edge.model.errors import InvalidError


def ask_password() -> str:
    """A new password for somebody; typed twice at a terminal."""
    if not sys.stdin.isatty():
        return _read_line()
    password = _ask_hidden("New password (10 characters or more): ")
    if _ask_hidden("The same again: ") != password:
        raise InvalidError("The two passwords differ. Nothing was changed.", field="password")
    return password


def passphrase_of(options: argparse.Namespace) -> str:
    """The passphrase of a backup: from the file named, asked for, or "" for none."""
    if options.passphrase_file is not None:
        return str(options.passphrase_file.read_text(encoding="utf-8").strip("\r\n"))
    if not options.passphrase:
        return ""
    return _ask_hidden("Passphrase of the backup: ") if sys.stdin.isatty() else _read_line()


def _ask_hidden(question: str) -> str:
    import getpass  # noqa: PLC0415 only at a terminal

    return getpass.getpass(question)


def _read_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")
