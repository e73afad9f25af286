"""A copy of a site on PostgreSQL, put back after its tables were changed."""

import subprocess

import pytest
from sqlalchemy import text

from webmacs_edge.model.errors import StoreError
from webmacs_edge.store.database import Database
from webmacs_edge.store.dumping import dump_site, is_dump_possible
from webmacs_edge.store.postgres import split
from webmacs_edge.store.site_settings import read_site_value, write_site_value


async def test_a_copy_of_the_nouns_can_be_put_back(migrated_site: str, tmp_path):
    assert is_dump_possible()
    database = Database(migrated_site)
    await database.write(lambda session: write_site_value(session, "kept", 7, at_ms=1))
    file = tmp_path / "before" / "1.2.0.dump"

    await dump_site(migrated_site, file, with_history=False)

    listed = subprocess.run(  # noqa: ASYNC221, S603 our own
        ["pg_restore", "--list", str(file)],  # noqa: S607 of Debian
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert " TABLE DATA " in listed
    assert "site_settings" in listed
    assert "datapoints" not in listed
    schema = split(migrated_site)[1]

    async def ruin(session):
        await session.execute(text(f"DROP TABLE {schema}.site_settings CASCADE"))

    await database.write(ruin)
    address = split(migrated_site)[0].set(drivername="postgresql", query={})
    host = split(migrated_site)[0].query.get("host") or split(migrated_site)[0].host
    url = f"dbname={address.database} host={host} user={address.username}"
    if address.port:
        url += f" port={address.port}"
    subprocess.run(  # noqa: ASYNC221, S603 our own
        ["pg_restore", "--dbname", url, "--table=site_settings", str(file)],  # noqa: S607 of Debian
        check=True,
    )
    async with database.read() as session:
        assert await read_site_value(session, "kept") == 7
    await database.close()


async def test_what_cannot_be_copied_is_said_and_leaves_no_half_file(migrated_site: str, tmp_path):
    nowhere = migrated_site.replace("search_path=", "x=").split("?")[0].rsplit("/", 1)[0]
    file = tmp_path / "1.2.0.dump"

    with pytest.raises(StoreError, match="pg_dump could not copy the database"):
        await dump_site(f"{nowhere}/none?search_path=site_1", file, with_history=True)

    assert not list(tmp_path.glob("*.dump*"))
