"""The manual page and the completion know every command."""

import argparse
import re
import shutil
import subprocess
from collections.abc import Mapping

from webmacs_edge.__main__ import _parser
from webmacs_edge.config import RESOURCES

PAGE = RESOURCES / "debian" / "webmacs-edge.1"
COMPLETION = RESOURCES / "debian" / "completion.bash"


def _commands(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    for action in parser._actions:  # noqa: SLF001 argparse tells it in no other way
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 the same
            return dict(action.choices)
    return {}


def test_the_manual_page_tells_of_every_command_and_every_action() -> None:
    page = PAGE.read_text().replace("\\-", "-")
    told = set(re.findall(r"^\.B ([a-z-]+)$", page, re.MULTILINE))

    commands = _commands(_parser())

    assert set(commands) <= told
    for name, parser in commands.items():
        for action in _commands(parser):
            assert action in page, f"{name} {action}"


def test_the_shell_completes_every_command_action_and_option() -> None:
    commands = _commands(_parser())

    assert _completed("webmacs-edge", "") == {*commands, "--config", "--help"}
    for name, parser in commands.items():
        actions = _commands(parser)
        options = {it for each in (parser, *actions.values()) for it in _options(each)}
        assert _completed("webmacs-edge", name, "") == {*actions, *options}, name
    assert _completed("webmacs-edge", "--config", "a.toml", "setup") == {"setup-code"}


def _options(parser: argparse.ArgumentParser) -> set[str]:
    strings = [it for action in parser._actions for it in action.option_strings]  # noqa: SLF001 the same
    return {it for it in strings if it.startswith("--")}


def _completed(*typed: str) -> set[str]:
    """What the Tab key offers for the last word."""
    words = " ".join(f"'{word}'" for word in typed)
    script = (
        f"source {COMPLETION}; COMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; "
        '_webmacs_edge; echo "${COMPREPLY[@]}"'
    )
    said = subprocess.run(  # noqa: S603 our own
        [shutil.which("bash") or "bash", "-c", script], capture_output=True, text=True, check=True
    )
    return set(said.stdout.split())
