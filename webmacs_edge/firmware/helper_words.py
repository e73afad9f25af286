"""What the root helper says in English, known again, so that it is read in any language.

The helper belongs to another package, has no catalogue, and is the last thing that may fail.
"""

import re
from collections.abc import Iterator

from webmacs_edge.model.text import Text, joined, text

# As they stand in debian/updater; those that end without a full stop take all that follows.
SENTENCES = (
    text("Version {version} does not answer."),
    text("Version {other} answers instead of {version}."),
    text("The database of version {version} does not answer."),
    text("Version {version} does not read the device, as the one before did."),
    text("The pages of version {version} do not answer."),
    text("Version {version} ends by itself again and again."),
    text("Version {version} was not started within {seconds} s."),
    text("It was started after {seconds} s, first well {later} s later."),
    text("It was started after {seconds} s."),
    text("The box was busy: a load of {load} on {cores} cores."),
    text("The power was cut, or the box was restarted, while the update was prepared."),
    text("The power was cut, or the box was restarted, while the update was installed."),
    text("The power was cut, or the box was restarted, while the update was tried."),
    text("The box was restarted again and again while it was tried."),
    text("Nothing was changed."),
    text("Version {version}: {trouble}"),
    text("Going back to {version} has not worked: {trouble}"),
    text("the package is damaged."),
    text("The package could not be installed: {error}"),
    text("The old package cannot be put back: {error}"),
    text("The installed package cannot be kept: {error}"),
    text("The databases cannot be put back: {error}"),
    text(
        "There is too little space on the disk of {folder}: {needed} MB must be free, {free} MB "
        "are."
    ),
    text("One of the packages is damaged."),
    text("The package {name} is another one: {said}."),
    text("No version before this one is kept on this box."),
    text("Version {version} has a fault for which a later release forbids to go back to it."),
    text("Version {version} cannot read what has been recorded since."),
    text("The databases of the version before are not kept any more."),
    text("The request says something unexpected."),
    text("The request cannot be read: {error}"),
    text("{name} cannot be read: {error}."),
    text("{name} is no plain file."),
    text("{name} is too large."),
    text("Its last words: {words}"),
    text("it gave no reason"),
)
_PLACE = re.compile(r"\\\{(\w+)\\\}")
_LONG = ("error", "trouble", "words", "said", "name", "folder")  # may hold spaces


def _pattern(sentence: Text) -> re.Pattern[str]:
    def place(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{'.' if found[1] in _LONG else '[^ ]'}+?)"

    words = _PLACE.sub(place, re.escape(sentence.message))
    return re.compile(words + ("" if words.endswith(".") else "$") + r"(?:\s+|$)", re.DOTALL)


_KNOWN = tuple((_pattern(sentence), sentence.message) for sentence in SENTENCES)


def helper_words(told: str) -> str:
    """The same words, sentence by sentence; what is not known of them stays as it is."""
    return joined(list(_sentences(told.strip())), "{some} {more}")


def _sentences(told: str) -> Iterator[str]:
    while told:
        for pattern, message in _KNOWN:
            if found := pattern.match(told):
                values = {name: _value(name, it) for name, it in found.groupdict().items()}
                yield text(message, **values)
                told = told[found.end() :]
                break
        else:
            yield told
            return


def _value(name: str, words: str) -> str:
    return helper_words(words) if name in ("trouble", "error") else words
