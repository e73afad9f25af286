"""The one-time code that a fresh appliance is claimed with: how it is made and compared."""

import hmac
import secrets

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that people mistake for another
_GROUPS, _GROUP_SIZE = 3, 4  # 58 bits


def make_setup_code() -> str:
    """A fresh one, such as 7KQM-2F9X-WD4T."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP_SIZE))
    return "-".join(letters[at : at + _GROUP_SIZE] for at in range(0, len(letters), _GROUP_SIZE))


def is_setup_code(typed: str, code: str) -> bool:
    """Whether people typed this code, in whatever case and with whatever between the groups.

    Takes the same time wherever they differ.
    """
    return hmac.compare_digest(_plain(typed), _plain(code))


def _plain(text: str) -> bytes:
    return "".join(letter for letter in text.upper() if letter.isalnum()).encode()
