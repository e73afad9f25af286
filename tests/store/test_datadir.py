"""The data directory belongs to one appliance."""

import pytest

from webmacs_edge.model.errors import StoreError
from webmacs_edge.store.datadir import DataDirInUseError, hold_data_dir, load_secret_key


def test_a_second_holder_is_refused_until_the_first_lets_go(tmp_path):
    with (
        hold_data_dir(tmp_path / "new"),
        pytest.raises(DataDirInUseError, match="Stop it first"),
        hold_data_dir(tmp_path / "new"),
    ):
        pass

    with hold_data_dir(tmp_path / "new") as held:
        assert held.is_dir()


def test_a_directory_that_cannot_be_made_says_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(StoreError, match="WEBMACS_DATA_DIR"),
        hold_data_dir(tmp_path / "file" / "below"),
    ):
        pass


def test_the_key_is_made_once_and_private(tmp_path):
    key = load_secret_key(tmp_path)

    assert len(key) == 32
    assert load_secret_key(tmp_path) == key
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_damaged_key_is_refused(tmp_path):
    (tmp_path / "secret.key").write_bytes(b"short")

    with pytest.raises(StoreError, match="damaged"):
        load_secret_key(tmp_path)
