"""Which passwords are too easy to guess; pure rules."""

import re

from webmacs_edge.model.text import text

MIN_LENGTH = 10
MIN_LENGTH_OF_PROGRAMS = 8  # what the API of WebMACS 2.x takes
MAX_LENGTH = 1024
LONGEST_PATTERN = 5  # "abcdeabcdeabcde" is a pattern, however long
SHORT_NAME = 2  # so short a name stands in any password by chance
LEAST_BESIDES = 4  # characters that must be left beside a pattern or a well-known word

# What stands at the top of every list of leaked passwords, and what this product suggests.
COMMON_WORDS = frozenset(
    """
    admin administrator abcdef access anlage automation baseball batman changeme computer control
    controller dragon edge factory flower football freedom hallo hello iloveyou industrie
    industry kunbus letmein login machine maintenance maschine master michael monkey operator
    passwort password passw0rd pictory plant princess qwert qwerty qwertyuiop qwertz qwertzuiop
    raspberry revolution revolutionpi revpi root schatz secret service shadow sommer starwars
    summer sunshine superman support system test trustno user viewer webmacs webmacsedge welcome
    whatever willkommen winter
    """.split()  # noqa: SIM905 one word per line would be four pages
)
_RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1q2w3e4r5t6z7u8i9o0p",
    "qaywsxedcrfvtgbzhnujmik",
    "qazwsxedcrfvtgbyhnujmik",
)
_LOOKALIKES = str.maketrans("0134578@$!", "oieastbasi")
_REPEATED = re.compile(rf"(.{{1,{LONGEST_PATTERN}}}?)\1+")


def password_fault(password: str, *, email: str = "", min_length: int = MIN_LENGTH) -> str:
    """Why this password is refused, with the way out; "" when it is fine."""
    if len(password) < min_length:
        return text(
            "Please use {min_length} characters or more; three or four words are easy to keep.",
            min_length=min_length,
        )
    if len(password) > MAX_LENGTH:
        return text("Please use {max_length} characters or fewer.", max_length=MAX_LENGTH)
    folded = password.casefold()
    if _is_pattern(folded):
        return text(
            "This repeats itself or follows the keyboard. Please use words that belong to you."
        )
    if _is_common(folded):
        return text("This is one of the first passwords anyone tries. Please use something longer.")
    if _names_owner(folded, email):
        return text("This is built on the e-mail address. Please use something unrelated.")
    return ""


def _is_pattern(folded: str) -> bool:
    """Repetition such as abcabcabca, or a run such as 1234567890 or lkjhgfdsaq."""
    repeated = _REPEATED.match(folded)
    if repeated and len(folded) - repeated.end() < LEAST_BESIDES:
        return True
    plain = re.sub(r"\W", "", folded)
    return any(plain in twice or plain[::-1] in twice for twice in (run * 2 for run in _RUNS))


def _is_common(folded: str) -> bool:
    """A well-known word, or several of them, with little besides."""
    spelled = re.sub(r"[\W\d_]", "", folded.translate(_LOOKALIKES))
    bare = re.sub(r"[\W\d_]", "", folded)
    return any(_beside(text, COMMON_WORDS) for text in (spelled, bare))


def _beside(text: str, words: frozenset[str]) -> bool:
    """True when hardly a letter is left once the well-known words are taken away."""
    left = text
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return left != text and len(left) < LEAST_BESIDES


def _names_owner(folded: str, email: str) -> bool:
    local = email.casefold().partition("@")[0]
    if len(local) <= SHORT_NAME or local not in folded:
        return False
    return len(folded.replace(local, "")) <= LEAST_BESIDES
