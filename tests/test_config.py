"""Settings from file, environment and code."""

import pytest

from webmacs_edge.config import Settings, load_settings
from webmacs_edge.model.errors import SettingsError


@pytest.fixture
def settings_file(tmp_path):
    def write(text: str):
        path = tmp_path / "site.toml"
        path.write_text(text)
        return path

    return write


def test_the_file_gives_settings_and_the_environment_wins(settings_file, monkeypatch):
    monkeypatch.setenv("WEBMACS_SCAN_HZ", "50")

    settings = load_settings(settings_file('site_name = "Rig 7"\nscan_hz = 20'))

    assert settings.site_name == "Rig 7"
    assert settings.scan_hz == 50


def test_code_wins_over_both(settings_file, monkeypatch):
    monkeypatch.setenv("WEBMACS_PORT", "81")

    assert load_settings(settings_file("port = 82"), port=83).port == 83


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prot = 80", "prot is not a setting"),
        ("port = 0", "WEBMACS_PORT"),
        ("port = 'http'", "port"),
        ("scan_hz = 101", "scan_hz"),
        ("flush_seconds = 0.5", "flush_seconds"),
        ("time_zone = 'Mars/Olympus'", "not a known time zone"),
        ("initial_admin_email = 'a@b.lan'", "both initial_admin_email and"),
        ("port = ", "cannot be read"),
    ],
)
def test_a_wrong_setting_is_named_with_the_way_out(settings_file, text, words):
    with pytest.raises(SettingsError, match=words):
        load_settings(settings_file(text))


def test_an_unknown_variable_is_refused(monkeypatch):
    monkeypatch.setenv("WEBMACS_SCAN_HERTZ", "10")

    with pytest.raises(SettingsError, match="WEBMACS_SCAN_HERTZ is not a setting"):
        load_settings()


def test_a_settings_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings(tmp_path / "none.toml")


def test_the_file_can_be_named_in_the_environment(settings_file, monkeypatch):
    monkeypatch.setenv("WEBMACS_CONFIG_FILE", str(settings_file("port = 8123")))

    assert load_settings().port == 8123


def test_an_empty_path_means_the_usual_places(monkeypatch):
    monkeypatch.setenv("WEBMACS_CONFIG_RSC", "")

    assert load_settings().config_rsc is None


def test_every_setting_has_a_description():
    assert all(field.description for field in Settings.model_fields.values())


def test_a_list_is_given_as_json(monkeypatch):
    monkeypatch.setenv("WEBMACS_CORS_ORIGINS", '["http://pc7.plant.lan"]')

    assert load_settings().cors_origins == ["http://pc7.plant.lan"]


def test_a_list_that_is_not_json_is_refused(monkeypatch):
    monkeypatch.setenv("WEBMACS_CORS_ORIGINS", "http://pc7.plant.lan")

    with pytest.raises(SettingsError, match="must be a JSON list"):
        load_settings()
