"""The command line: run, demo, doctor, users, migrate, export, settings, version."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from webmacs_edge.certifying import run_certificate
from webmacs_edge.commands import (
    about,
    run_appliance,
    run_demo,
    run_migrate,
    tell_plant,
)
from webmacs_edge.config import Settings, load_settings
from webmacs_edge.doctor import run_doctor
from webmacs_edge.exporting import FORMAT_NAMES, Wanted, run_export
from webmacs_edge.history.export.plan import Options, Reduce
from webmacs_edge.memory import share_one_heap
from webmacs_edge.model.errors import (
    CertificateError,
    ConflictError,
    InvalidError,
    SettingsError,
    StoreError,
)
from webmacs_edge.model.local_times import parse_length
from webmacs_edge.model.words import UserRole
from webmacs_edge.settings_text import settings_text
from webmacs_edge.user_commands import (
    run_users_add,
    run_users_enable,
    run_users_list,
    run_users_reset_password,
)

EXIT_FAILURE = 1
EXIT_USAGE = 64  # EX_USAGE of sysexits.h: systemd need not try again
EXIT_UNAVAILABLE = 69  # EX_UNAVAILABLE: port or data directory in use
EXIT_CONFIG = 78  # EX_CONFIG: the settings are wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    share_one_heap()
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except SettingsError as error:
        _say(error)
        return EXIT_CONFIG
    except (StoreError, OSError) as error:
        _say(error)
        return EXIT_UNAVAILABLE
    except (CertificateError, ConflictError, InvalidError) as error:
        _say(error)
        return EXIT_FAILURE
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="webmacs-edge",
        description="Acquisition, history and live pages for one Revolution Pi.",
        epilog="Settings come from a TOML file and WEBMACS_… variables; see the README's table.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (TOML)")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="read this machine's hardware and serve the pages")
    run.set_defaults(command=_run)
    _add_demo(commands)
    doctor = commands.add_parser("doctor", help="check device, databases and all checksums")
    doctor.set_defaults(command=_doctor)
    _add_users(commands)
    migrated = commands.add_parser("migrate", help="bring the database to the newest schema")
    migrated.set_defaults(command=_migrate)
    _add_export(commands)
    listed = commands.add_parser("settings", help="print a settings file with every default")
    listed.set_defaults(command=_print_settings)
    certificate = commands.add_parser("certificate", help="show fingerprint and names of it")
    certificate.set_defaults(command=_certificate)
    version = commands.add_parser("version", help="print the version")
    version.set_defaults(command=_version)
    return parser


def _add_demo(commands: Any) -> None:
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
    demo.set_defaults(command=_demo)

    plant = commands.add_parser("plant", help="tell a running demo's plant to fail (try: help)")
    plant.add_argument("--socket", type=Path, required=True, help="as printed by the demo")
    plant.add_argument("words", nargs="+", metavar="WORD", help="for example: unplug 32")
    plant.set_defaults(command=_plant)


def _add_users(commands: Any) -> None:
    users = commands.add_parser("users", help="manage users")
    actions = users.add_subparsers(title="actions", required=True, metavar="ACTION")
    add = actions.add_parser(
        "add", help="add a user; the password is asked for, or read from stdin"
    )
    add.add_argument("email")
    add.add_argument("--name", default="", help="user name (default: the part before the @)")
    add.add_argument("--role", choices=[role.value for role in UserRole], default="viewer")
    add.set_defaults(command=_users_add)
    reset = actions.add_parser(
        "reset-password", help="give a user another password (asked for, or read from stdin)"
    )
    reset.set_defaults(command=_users_reset_password)
    enable = actions.add_parser("enable", help="let a user sign in again")
    enable.set_defaults(command=_users_enable, enabled=True)
    disable = actions.add_parser("disable", help="let a user sign in no more; ends their logins")
    disable.set_defaults(command=_users_enable, enabled=False)
    for action in (reset, enable, disable):
        action.add_argument("email")
    listed = actions.add_parser("list", help="who may sign in: e-mail, name, role, state")
    listed.set_defaults(command=_users_list)


def _add_export(commands: Any) -> None:
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
    add("--quality", action="store_true", help="a column of it, and bad and stale values too")
    add("--delimiter", choices=["comma", "semicolon", "tab"], default="comma")
    add("--decimal-comma", action="store_true", help="1,5 instead of 1.5")
    add("--bom", action="store_true", help="mark text as UTF-8 for Excel")
    add("--local-times", action="store_true", help="the site's clock instead of UTC")
    add("--overwrite", action="store_true", help="replace the file if it exists")
    parser.set_defaults(command=_export)


def _settings(options: argparse.Namespace, **given: Any) -> Settings:
    settings = load_settings(options.config, **given)
    logging.basicConfig(
        level=settings.log_level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    logging.captureWarnings(capture=True)
    return settings


def _run(options: argparse.Namespace) -> int:
    return asyncio.run(run_appliance(_settings(options), say=_print))


def _demo(options: argparse.Namespace) -> int:
    given: dict[str, Any] = {}
    if "WEBMACS_DATA_DIR" not in os.environ and options.config is None:
        given["data_dir"] = Path("data/demo").absolute()
    if "WEBMACS_HOST" not in os.environ and options.config is None:
        given["host"] = "127.0.0.1"
        if "WEBMACS_HTTPS_PORT" not in os.environ:
            given["https_port"] = 0  # this machine alone: nothing to hide from, no warning
    settings = _settings(options, **given)
    return asyncio.run(
        run_demo(settings, options.rsc, speed=options.speed, seed=options.seed, say=_print)
    )


def _plant(options: argparse.Namespace) -> int:
    _print(tell_plant(options.socket, " ".join(options.words)))
    return 0


def _doctor(options: argparse.Namespace) -> int:
    return asyncio.run(run_doctor(_settings(options), say=_print))


def _users_add(options: argparse.Namespace) -> int:
    name = options.name or options.email.partition("@")[0]
    return asyncio.run(
        run_users_add(
            _settings(options),
            email=options.email,
            username=name,
            role=UserRole(options.role),
            password=_ask_password(sys.stdin),
            say=_print,
        )
    )


def _users_reset_password(options: argparse.Namespace) -> int:
    return asyncio.run(
        run_users_reset_password(
            _settings(options),
            email=options.email,
            password=_ask_password(sys.stdin),
            say=_print,
        )
    )


def _users_enable(options: argparse.Namespace) -> int:
    settings = _settings(options)
    return asyncio.run(
        run_users_enable(settings, email=options.email, enabled=options.enabled, say=_print)
    )


def _users_list(options: argparse.Namespace) -> int:
    return asyncio.run(run_users_list(_settings(options), say=_print))


def _ask_password(source: TextIO) -> str:
    if source.isatty():
        import getpass  # noqa: PLC0415 only at a terminal

        password = getpass.getpass("New password (10 characters or more): ")
        if getpass.getpass("The same again: ") != password:
            raise InvalidError("The two passwords differ. Nothing was changed.", field="password")
        return password
    return source.readline().rstrip("\r\n")


def _migrate(options: argparse.Namespace) -> int:
    return asyncio.run(run_migrate(_settings(options), say=_print))


def _export(options: argparse.Namespace) -> int:
    output = options.sqlite or options.output
    if output is None:
        raise InvalidError("Name the file to make: --output FILE, or - for the standard output.")
    settings = _settings(options)
    how = Options(
        with_quality=options.quality,
        delimiter={"comma": ",", "semicolon": ";", "tab": "\t"}[options.delimiter],
        decimal_comma=options.decimal_comma,
        byte_order_mark=options.bom,
        zone=ZoneInfo(settings.time_zone) if options.local_times else None,
        step_ms=parse_length(options.step) if options.step else 0,
        reduce=Reduce(options.reduce),
    )
    wanted = Wanted(
        output=output,
        format="sqlite" if options.sqlite else options.format or "",
        channels=options.channels,
        start=options.start,
        end=options.end,
        last=options.last,
        overwrite=options.overwrite,
        options=how,
    )
    return asyncio.run(run_export(settings, wanted, say=_print))


def _print_settings(_options: argparse.Namespace) -> int:
    print(settings_text(), end="")  # noqa: T201 the command line's own voice
    return 0


def _certificate(options: argparse.Namespace) -> int:
    return asyncio.run(run_certificate(_settings(options), say=_print))


def _version(_options: argparse.Namespace) -> int:
    _print(about())
    return 0


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 the command line's own voice


def _say(error: Exception) -> None:
    print(f"webmacs-edge: {error}", file=sys.stderr)  # noqa: T201 the command line's own voice


if __name__ == "__main__":
    sys.exit(main())
