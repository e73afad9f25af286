"""Forms that no browser sends."""

from datetime import datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from webmacs_edge.web.forms import sentence_of


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"email=%FF%FE", "application/x-www-form-urlencoded"),
        (b"email=a", "application/x-www-form-urlencoded; charset=klingon"),
        (b"\xff\xfe=1", "application/x-www-form-urlencoded"),
    ],
)
@pytest.mark.standing
async def test_a_form_that_cannot_be_read_is_refused_and_no_fault_of_ours(
    client, body, content_type
):
    answer = await client.post("/setup", data=body, headers={"Content-Type": content_type})

    assert 400 <= answer.status < 500
    assert "Traceback" not in await answer.text()


@pytest.mark.parametrize(
    "path", ["/derived/preview", "/events", "/experiments/none/protect", "/rules"]
)
async def test_no_page_takes_a_form_that_cannot_be_read(admin, path):
    answer = await admin.post(
        path, data=b"--x", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert answer.status == 400


async def test_what_no_database_can_hold_is_told_at_its_field(operator):
    answer = await operator.post("/dashboards", data={"name": "Plant", "description": "a\0b"})

    assert answer.status == 422
    assert "Please use no control characters." in await answer.text()


def test_a_fault_without_words_of_ours_is_told_in_full():
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(datetime).validate_python("x")

    [fault] = caught.value.errors()

    assert sentence_of(fault).startswith("Input should be a valid datetime or date, ")
