"""The command line: run, demo, doctor, users, migrate, export, settings, version."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from webmacs_edge import __version__
from webmacs_edge.command_line import Commands, make_parser
from webmacs_edge.memory import loading, share_one_heap
from webmacs_edge.model.errors import (
    CertificateError,
    ConflictError,
    InvalidError,
    SettingsError,
    StoreError,
)
from webmacs_edge.model.words import UserRole

if TYPE_CHECKING:
    from webmacs_edge.config import Settings

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
    return make_parser(
        Commands(
            run=_run,
            demo=_demo,
            plant=_plant,
            doctor=_doctor,
            users_add=_users_add,
            users_reset_password=_users_reset_password,
            users_enable=_users_enable,
            users_list=_users_list,
            migrate=_migrate,
            export=_export,
            settings=_print_settings,
            certificate=_certificate,
            backup=_backup,
            restore=_restore,
            setup_code=_setup_code,
            address=_address,
            bundle=_bundle,
            version=_version,
        )
    )


# Each command loads what it needs and no more: all of it takes seconds on a small machine.


def _settings(options: argparse.Namespace, **given: Any) -> "Settings":
    with loading():
        from webmacs_edge.config import load_settings
        from webmacs_edge.journald import JournalHandler, is_journal

    settings = load_settings(options.config, **given)
    handlers = [JournalHandler()] if is_journal(sys.stderr) else None
    logging.basicConfig(
        level=settings.log_level, format="%(levelname)s %(name)s: %(message)s", handlers=handlers
    )
    logging.captureWarnings(capture=True)
    return settings


def _stood_in(options: argparse.Namespace) -> "Settings":
    """The settings of the service, wherever it has its data."""
    with loading():
        from webmacs_edge.standing_in import with_stand_in

    return with_stand_in(_settings(options))[0]


def _run(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.commands import run_appliance, run_stand_in
        from webmacs_edge.standing_in import with_stand_in

    settings, is_virtual = with_stand_in(_settings(options))
    if is_virtual:
        return asyncio.run(run_stand_in(settings, say=_print))
    return asyncio.run(run_appliance(settings, say=_print))


def _setup_code(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.reaching import run_setup_code

    return asyncio.run(run_setup_code(_stood_in(options), say=_print))


def _address(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.reaching import run_address

    return run_address(_stood_in(options), say=_print)


def _demo(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.commands import run_demo

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
    with loading():
        from webmacs_edge.hardware.simulator.telling import tell_plant

    _print(tell_plant(options.socket, " ".join(options.words)))
    return 0


def _doctor(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.doctor import run_doctor
        from webmacs_edge.hardware_trial import run_hardware_trial
        from webmacs_edge.standing_in import with_stand_in

    if (options.outputs or options.watchdog) and not options.hardware:
        raise SettingsError("--outputs and --watchdog need --hardware.")
    if options.watchdog and not options.outputs:
        raise SettingsError("--watchdog needs --outputs POINT: one to see it by.")
    settings = _settings(options)
    if not options.hardware:
        settings, is_virtual = with_stand_in(settings)
        return asyncio.run(run_doctor(settings, say=_print, is_virtual=is_virtual))
    return asyncio.run(
        run_hardware_trial(
            settings, say=_print, ask=input, output=options.outputs, with_watchdog=options.watchdog
        )
    )


def _users_add(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.asking import ask_password
        from webmacs_edge.user_commands import run_users_add

    name = options.name or options.email.partition("@")[0]
    return asyncio.run(
        run_users_add(
            _stood_in(options),
            email=options.email,
            username=name,
            role=UserRole(options.role),
            password=ask_password(),
            say=_print,
        )
    )


def _users_reset_password(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.asking import ask_password
        from webmacs_edge.user_commands import run_users_reset_password

    return asyncio.run(
        run_users_reset_password(
            _stood_in(options),
            email=options.email,
            password=ask_password(),
            say=_print,
        )
    )


def _users_enable(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.user_commands import run_users_enable

    settings = _stood_in(options)
    return asyncio.run(
        run_users_enable(settings, email=options.email, enabled=options.enabled, say=_print)
    )


def _users_list(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.user_commands import run_users_list

    return asyncio.run(run_users_list(_stood_in(options), say=_print))


def _migrate(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.migrating import run_migrate

    return asyncio.run(run_migrate(_stood_in(options), say=_print))


def _export(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.exporting import run_export, wanted_export

    settings = _stood_in(options)
    wanted = wanted_export(options, ZoneInfo(settings.time_zone))
    return asyncio.run(run_export(settings, wanted, say=_print))


def _backup(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.asking import passphrase_of
        from webmacs_edge.backing_up import order_of, run_backup, run_check

    passphrase = passphrase_of(options)
    if options.check is not None:
        return run_check(options.check, passphrase=passphrase, say=_print)
    return run_backup(_stood_in(options), order_of(options, passphrase), say=_print)


def _restore(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.asking import passphrase_of
        from webmacs_edge.backing_up import run_restore

    passphrase = passphrase_of(options)
    return run_restore(_stood_in(options), options.file, passphrase=passphrase, say=_print)


def _print_settings(_options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.settings_text import settings_text

    print(settings_text(), end="")  # noqa: T201 the command line's own voice
    return 0


def _certificate(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.certifying import run_certificate

    return asyncio.run(run_certificate(_stood_in(options), say=_print))


def _bundle(options: argparse.Namespace) -> int:
    with loading():
        from webmacs_edge.bundle_commands import run_bundle
        from webmacs_edge.firmware.manifest import Refusal

    try:
        return run_bundle(options, say=_print)
    except Refusal as refusal:
        _say(refusal)
        return EXIT_FAILURE


def _version(_options: argparse.Namespace) -> int:
    _print(f"WebMACS Edge {__version__}")
    return 0


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 the command line's own voice


def _say(error: Exception) -> None:
    print(f"webmacs-edge: {error}", file=sys.stderr)  # noqa: T201 the command line's own voice


if __name__ == "__main__":
    sys.exit(main())
