"""Set-up, sign-in and sign-out as a browser does them without JavaScript."""

import pytest

from tests.conftest import EMAILS, PASSWORD, Client
from webmacs_edge.model.words import UserRole

SET_UP = {
    "email": "anna@plant.lan",
    "username": "Anna Berg",
    "password": "sand falls upward 7",
    "password_again": "sand falls upward 7",
}


async def test_the_first_visit_leads_to_the_set_up_form(client: Client):
    answer = await client.get("/")

    html = await answer.text()
    assert answer.url.path == "/setup"
    assert "Set up this appliance" in html
    assert "10 characters or more" in html
    assert "SIMULATION" in html


async def test_setting_up_signs_in_and_opens_the_live_page(client: Client):
    answer = await client.post("/setup", data=SET_UP)

    html = await answer.text()
    assert answer.url.path == "/"
    assert answer.status == 200
    assert "Anna Berg" in html
    assert 'hx-sse:connect="/streams/live"' in html


async def test_once_set_up_nobody_can_set_up_again(admin: Client):
    form = await admin.get("/setup", allow_redirects=False)
    again = await admin.post("/setup", data=SET_UP, allow_redirects=False)

    assert (form.status, form.headers["Location"]) == (303, "/")
    assert again.status == 409
    assert "set up already" in await again.text()


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("email", "anna", "Please write an e-mail address"),
        ("email", "", "Please fill this in."),
        ("password", "short", "10 characters or more"),
        ("password", "passwordpassword", "password"),
        ("password_again", "something else 7", "The two passwords differ."),
    ],
)
@pytest.mark.standing
async def test_a_form_that_does_not_fit_comes_back_with_the_reason(
    client: Client, field: str, typed: str, sentence: str
):
    answer = await client.post("/setup", data={**SET_UP, field: typed})

    html = await answer.text()
    assert answer.status == 422
    assert sentence in html
    assert f'id="{field}-error"' in html
    assert 'value="Anna Berg"' in html
    assert "sand falls upward 7" not in html


async def test_a_field_that_the_form_does_not_have_is_refused(client: Client):
    answer = await client.post("/setup", data={**SET_UP, "role": "admin"})

    assert answer.status == 422
    assert "This form has no field “role”." in await answer.text()


async def test_signing_in_goes_to_where_one_wanted_to_be(operator: Client):
    operator.session.cookie_jar.clear()
    page = await operator.get("/log?type=error")
    typed = {"email": EMAILS[UserRole.operator], "password": PASSWORD, "next": "/log?type=error"}

    answer = await operator.post("/sign-in", data=typed)

    assert page.url.path == "/sign-in"
    assert 'name="next" value="/log?type=error"' in await page.text()
    assert str(answer.url.relative()) == "/log?type=error"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil"])
async def test_signing_in_never_leads_to_another_site(operator: Client, elsewhere: str):
    operator.session.cookie_jar.clear()
    typed = {"email": EMAILS[UserRole.operator], "password": PASSWORD, "next": elsewhere}

    answer = await operator.post("/sign-in", data=typed, allow_redirects=False)

    assert (answer.status, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("email", [EMAILS[UserRole.operator], "nobody@plant.lan"])
async def test_a_wrong_sign_in_says_the_same_whatever_was_wrong(operator: Client, email: str):
    operator.session.cookie_jar.clear()

    answer = await operator.post("/sign-in", data={"email": email, "password": "not this one"})

    html = await answer.text()
    assert answer.status == 401
    assert "The e-mail or the password is wrong." in html
    assert f'value="{email}"' in html
    assert "not this one" not in html


async def test_too_many_tries_are_told_to_wait(operator: Client):
    operator.session.cookie_jar.clear()
    typed = {"email": "nobody@plant.lan", "password": "not this one"}

    for _ in range(15):  # on a slow machine the first pauses are over before the next try
        last = await operator.post("/sign-in", data=typed)
        if last.status == 429:
            break

    assert last.status == 429
    assert "Retry-After" in last.headers
    assert "Too many tries." in await last.text()


async def test_signing_out_ends_the_session(operator: Client):
    page = await operator.get("/")

    answer = await operator.post("/sign-out")

    after = await operator.get("/")
    assert "Sign out" in await page.text()
    assert answer.url.path == "/sign-in"
    assert after.url.path == "/sign-in"


async def test_whoever_is_signed_in_skips_the_form(viewer: Client):
    answer = await viewer.get("/sign-in?next=/log", allow_redirects=False)

    assert (answer.status, answer.headers["Location"]) == (303, "/log")
