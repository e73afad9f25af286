"""The words of the command line: which commands there are, with which options."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webmacs_edge.bundle_commands import add_bundle
from webmacs_edge.model.exports import FORMAT_NAMES, Reduce
from webmacs_edge.model.words import UserRole

Command = Callable[[argparse.Namespace], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """What each command does; the answer is the exit status."""

    run: Command
    demo: Command
    plant: Command
    doctor: Command
    users_add: Command
    users_reset_password: Command
    users_enable: Command
    users_list: Command
    migrate: Command
    export: Command
    settings: Command
    certificate: Command
    backup: Command
    restore: Command
    setup_code: Command
    address: Command
    bundle: Command
    version: Command


def make_parser(does: Commands) -> argparse.ArgumentParser:
    """The parser of the command line; each command knows what does it."""
    parser = argparse.ArgumentParser(
        prog="webmacs-edge",
        description="Acquisition, history and live pages for one Revolution Pi.",
        epilog="Settings come from a TOML file and WEBMACS_… variables; see the README's table.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (TOML)")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="read this machine's hardware and serve the pages")
    run.set_defaults(command=does.run)
    _add_demo(commands, does)
    _add_doctor(commands, does)
    _add_users(commands, does)
    migrated = commands.add_parser("migrate", help="bring the database to the newest schema")
    migrated.set_defaults(command=does.migrate)
    _add_export(commands, does)
    _add_backup(commands, does)
    listed = commands.add_parser("settings", help="print a settings file with every default")
    listed.set_defaults(command=does.settings)
    certificate = commands.add_parser("certificate", help="show fingerprint and names of it")
    certificate.set_defaults(command=does.certificate)
    code = commands.add_parser("setup-code", help="show the code that the first visit asks for")
    code.set_defaults(command=does.setup_code)
    address = commands.add_parser("address", help="show where the pages are")
    address.set_defaults(command=does.address)
    add_bundle(commands, does.bundle)
    version = commands.add_parser("version", help="print the version")
    version.set_defaults(command=does.version)
    return parser


def _add_demo(commands: Any, does: Commands) -> None:
    demo = commands.add_parser("demo", help="the same on a virtual plant; nothing real is driven")
    demo.add_argument(
        "--config",
        dest="rsc",
        type=Path,
        metavar="RSC",
        help="rehearse your own PiCtory file: every input gets a plausible signal",
    )
    demo.add_argument("--speed", type=float, default=1.0, help="plant seconds per second")
    demo.add_argument("--seed", type=int, default=1, help="of the plant's noise")
    demo.set_defaults(command=does.demo)

    plant = commands.add_parser("plant", help="tell a running demo's plant to fail (try: help)")
    plant.add_argument("--socket", type=Path, required=True, help="as printed by the demo")
    plant.add_argument("words", nargs="+", metavar="WORD", help="for example: unplug 32")
    plant.set_defaults(command=does.plant)


def _add_doctor(commands: Any, does: Commands) -> None:
    doctor = commands.add_parser("doctor", help="check device, databases and all checksums")
    doctor.add_argument(
        "--hardware", action="store_true", help="try all that we rely on of the device; only looks"
    )
    doctor.add_argument(
        "--outputs",
        metavar="POINT",
        default="",
        help="with --hardware: also turn this switched output over and back (31/O_14); asks first",
    )
    doctor.add_argument(
        "--watchdog",
        action="store_true",
        help="with --outputs: also let the output watchdog set all outputs to 0; asks first",
    )
    doctor.set_defaults(command=does.doctor)


def _add_users(commands: Any, does: Commands) -> None:
    users = commands.add_parser("users", help="manage users")
    actions = users.add_subparsers(title="actions", required=True, metavar="ACTION")
    add = actions.add_parser(
        "add", help="add a user; the password is asked for, or read from stdin"
    )
    add.add_argument("email")
    add.add_argument("--name", default="", help="user name (default: the part before the @)")
    add.add_argument("--role", choices=[role.value for role in UserRole], default="viewer")
    add.set_defaults(command=does.users_add)
    reset = actions.add_parser(
        "reset-password", help="give a user another password (asked for, or read from stdin)"
    )
    reset.set_defaults(command=does.users_reset_password)
    enable = actions.add_parser("enable", help="let a user sign in again")
    enable.set_defaults(command=does.users_enable, enabled=True)
    disable = actions.add_parser("disable", help="let a user sign in no more; ends their logins")
    disable.set_defaults(command=does.users_enable, enabled=False)
    for action in (reset, enable, disable):
        action.add_argument("email")
    listed = actions.add_parser("list", help="who may sign in: e-mail, name, role, state")
    listed.set_defaults(command=does.users_list)


def _add_export(commands: Any, does: Commands) -> None:
    parser = commands.add_parser(
        "export",
        help="write what was recorded to a file, also while the appliance runs",
        description="Writes what was recorded to a file. While the appliance runs, the file holds "
        "what it has written to the disk: the last seconds are missing.",
    )
    add = parser.add_argument
    add("--output", type=Path, metavar="FILE", help="the file to make; - is the standard output")
    add("--sqlite", type=Path, metavar="FILE", help="the same as --format sqlite --output FILE")
    add("--format", choices=FORMAT_NAMES, help="default: what the name of the file ends in, or csv")
    add("--channels", action="append", default=[], metavar="A,B", help="names or ids; default: all")
    add("--from", dest="start", default="", metavar="TIME", help="such as 2026-11-23 14:00")
    add("--to", dest="end", default="", metavar="TIME", help="default: the end; a day is included")
    add("--last", default="", metavar="LENGTH", help="instead of --from and --to: 1h, 24h, 7d")
    add("--step", default="", metavar="LENGTH", help="wide: one line per 10s, 1min…")
    add("--reduce", choices=[it.value for it in Reduce], default="mean", help="value of a step")
    add("--clock", action="store_true", help="a column of doubtful stamps (csv, jsonl)")
    add("--quality", action="store_true", help="a column of it, and bad and stale values too")
    add("--delimiter", choices=["comma", "semicolon", "tab"], default="comma")
    add("--decimal-comma", action="store_true", help="1,5 instead of 1.5")
    add("--bom", action="store_true", help="mark text as UTF-8 for Excel")
    add("--local-times", action="store_true", help="the site's clock instead of UTC")
    add("--overwrite", action="store_true", help="replace the file if it exists")
    parser.set_defaults(command=does.export)


def _add_backup(commands: Any, does: Commands) -> None:
    backup = commands.add_parser(
        "backup",
        help="write a backup to a file, also while the appliance runs, and read it back",
        description="Writes a backup and reads it back. Sealed by a passphrase it holds the keys "
        "and the settings file too.",
    )
    scope = backup.add_mutually_exclusive_group()
    scope.add_argument("--config-only", action="store_true", help="without what was measured")
    scope.add_argument("--days", type=int, metavar="N", help="with the last N days of history")
    scope.add_argument("--full", action="store_true", help="with the whole history (default)")
    backup.add_argument(
        "--to", type=Path, default=Path(), metavar="PLACE",
        help="a folder, a new file, or - for the standard output (default: this folder)",
    )  # fmt: skip
    backup.add_argument("--check", type=Path, metavar="FILE", help="only read this one and tell")
    backup.set_defaults(command=does.backup)
    restore = commands.add_parser(
        "restore",
        help="put a backup in the place of what is there, which is kept",
        description="Checks a backup, then puts it in the place of what is there, which is kept. "
        "While the appliance runs, it takes effect at the next start.",
    )
    restore.add_argument("file", type=Path)
    restore.set_defaults(command=does.restore)
    for parser in (backup, restore):
        sealed = parser.add_mutually_exclusive_group()
        sealed.add_argument("--passphrase-file", type=Path, metavar="FILE")
        sealed.add_argument(
            "--passphrase", action="store_true", help="ask for it, or read it from stdin"
        )
