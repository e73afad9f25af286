"""Forms that no browser sends."""

import pytest


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"email=%FF%FE", "application/x-www-form-urlencoded"),
        (b"email=a", "application/x-www-form-urlencoded; charset=klingon"),
        (b"\xff\xfe=1", "application/x-www-form-urlencoded"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused_and_no_fault_of_ours(
    client, body, content_type
):
    answer = await client.post("/setup", data=body, headers={"Content-Type": content_type})

    assert 400 <= answer.status < 500
    assert "Traceback" not in await answer.text()
