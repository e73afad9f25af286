"""Pages of what an output may be asked for: set up, wrong input, a moved place, given up."""

import pytest

from tests.conftest import app_of, sign_in_as
from tests.waiting import eventually
from tests.web.test_api_outputs import command, rig  # noqa: F401 a fixture
from tests.web.test_pages_outputs import id_of, post
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.outputs import forget_place
from webmacs_edge.web import keys

SPEED = {
    "safe_value": "0",
    "min_value": "0",
    "max_value": "80",
    "rate_per_s": "5",
    "owner": "Anna",
    "role": "admin",
    "needs_confirmation": "true",
    "holds": "2",
    "during_update": "hold",
}


@pytest.fixture
async def engineer(rig):  # noqa: F811
    """The rig with an admin signed in."""
    return await sign_in_as(rig, UserRole.admin)


async def test_an_output_is_given_up_and_set_up_anew_with_other_limits(engineer):
    public_id = id_of(engineer, "Blower speed")

    assert (await post(engineer, f"/outputs/{public_id}/claim/remove"))[0] == 303
    page = await (await engineer.get("/outputs")).text()
    assert "Set up Blower speed" in page
    assert "nobody has said yet what is safe" in page

    assert (await post(engineer, f"/outputs/{public_id}/claim", **SPEED))[0] == 303
    bindings = app_of(engineer)[keys.CONTROL].bindings
    binding = next(it for it in bindings if it.public_id == public_id)
    assert (binding.claim.max_value, binding.claim.role) == (80.0, UserRole.admin)
    page = await (await engineer.get(f"/outputs/{public_id}/claim")).text()
    assert 'value="80"' in page
    assert 'value="Anna"' in page


async def test_what_does_not_fit_is_said_at_its_field_and_what_was_typed_stays(engineer):
    path = f"/outputs/{id_of(engineer, 'Blower speed')}/claim"

    status, page = await post(engineer, path, **{**SPEED, "safe_value": "90"})
    assert status == 422
    assert 'id="safe_value-error"' in page
    assert 'value="90"' in page

    status, page = await post(engineer, path, **{**SPEED, "max_on_s": "soon", "holds": "11"})
    assert status == 422
    assert 'id="max_on_s-error"' in page
    assert 'id="holds-error"' in page


async def test_a_moved_output_is_explained_and_commanded_again_once_accepted(engineer):
    app, public_id = app_of(engineer), id_of(engineer, "Feed valve")
    await app[keys.DATABASE].write(lambda session: forget_place(session, public_id))
    await app[keys.CONTROL].reload()

    page = await (await engineer.get(f"/outputs/{public_id}/claim")).text()
    assert "Needs a look" in page
    assert "31/feed_valve, byte" in page
    refused = await post(engineer, f"/outputs/{public_id}/claim/accept", place="31/other@1.0:1u")
    assert refused[0] == 409
    assert (await command(engineer, "Feed valve", value=1))[0] == 409

    place = next(it.moved_to for it in app[keys.CONTROL].bindings if it.public_id == public_id)
    assert (await post(engineer, f"/outputs/{public_id}/claim/accept", place=place))[0] == 303

    async def obeys() -> bool:
        return (await command(engineer, "Feed valve", value=1))[0] == 200

    await eventually(obeys)
