import pytest

from webmacs_edge.model.passwords import password_fault


@pytest.mark.parametrize(
    "password",
    [
        "",
        "too short",
        "x" * 1025,
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "abcabcabcabc1",
        "1234567890",
        "0987654321",
        "12345-67890",
        "abcdefghij",
        "qwertyuiop",
        "qwertzuiop",
        "1q2w3e4r5t",
        "password123",
        "Password123!",
        "P4ssw0rd2026",
        "Passwort2026",
        "letmeinletmein",
        "changeme123",
        "admin12345",
        "WebMACS-Edge",
        "webmacs2026",
        "RevolutionPi!",
        "plant-operator",
        "dragon summer 99",
        "anna.meyer1",
        "1anna.meyer!",
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str):
    fault = password_fault(password, email="anna.meyer@plant.lan")

    assert fault.startswith(("Please", "This"))
    assert fault.endswith(".")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "kiln-42-sand",
        "wirbelschicht",
        "9x!Kq2vLp#",
        "5471908236",
        "grünes Ventil",
    ],
)
def test_a_password_that_belongs_to_somebody_is_fine(password: str):
    assert password_fault(password, email="anna.meyer@plant.lan") == ""


def test_a_short_name_does_not_forbid_passwords_that_hold_it():
    assert password_fault("koala in may", email="al@plant.lan") == ""
