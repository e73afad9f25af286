"""HTTPS as the command line serves it."""

import ssl
from pathlib import Path

from tests.system.conftest import free_port, reading
from tests.system.test_process import run


async def test_the_demo_serves_https_where_it_is_asked_to_and_shows_its_certificate(
    launch, tmp_path: Path, monkeypatch
):
    port, data_dir = free_port(), tmp_path / "data"
    async with launch("demo", data_dir=data_dir, WEBMACS_HTTPS_PORT=str(port)) as process:
        await reading(process)
        context = ssl.create_default_context(cafile=data_dir / "tls" / "certificate.pem")
        url = f"https://localhost:{port}/health"
        async with process.session.get(url, ssl=context) as answer:
            status = answer.status
        monkeypatch.setenv("WEBMACS_DATA_DIR", str(data_dir))
        code, said, _ = await run("certificate")

    assert (status, code) == (200, 0)
    assert "made by this box" in said
