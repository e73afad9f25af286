"""The settings file that is printed, and shipped with the package."""

import tomllib

from webmacs_edge.config import RESOURCES, Settings
from webmacs_edge.settings_text import settings_text


def test_the_printed_settings_change_nothing():
    assert tomllib.loads(settings_text()) == {}


def test_the_printed_defaults_are_the_defaults():
    uncommented = "\n".join(
        line.removeprefix("#")
        for line in settings_text().splitlines()
        if line.startswith("#") and not line.startswith("# ")
    )

    given = tomllib.loads(uncommented)

    assert set(given) == set(Settings.model_fields)
    assert Settings(**given) == Settings()


def test_the_file_in_the_package_is_the_one_that_is_printed():
    shipped = (RESOURCES / "debian" / "webmacs-edge.toml").read_text(encoding="utf-8")

    assert shipped == settings_text(), "make settings-file renews it"
