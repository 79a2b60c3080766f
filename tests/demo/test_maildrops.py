"""What the ISP keeps, it keeps whole; what it knows, it does not show."""

import pytest

from ithaca.demo.maildrops import Accounts, Maildrop


def test_removing_messages_leaves_the_others_their_unique_ids():
    maildrop = Maildrop()
    for octets in (b"one\r\n", b"two\r\n", b"three\r\n"):
        maildrop.deliver(octets)
    before = list(maildrop.unique_ids)
    assert len(set(before)) == 3
    maildrop.remove({1})
    assert maildrop.messages == [b"one\r\n", b"three\r\n"]
    assert maildrop.unique_ids == [before[0], before[2]]


def test_two_messages_of_the_same_octets_have_different_unique_ids():
    maildrop = Maildrop()
    maildrop.deliver(b"same\r\n")
    maildrop.deliver(b"same\r\n")
    assert len(set(maildrop.unique_ids)) == 2


@pytest.mark.parametrize(
    ("login", "password", "right"),
    [
        ("a@isp.example", "schlüssel", True),
        ("a@isp.example", "schlussel", False),
        ("a@isp.example", "", False),
        ("nobody@isp.example", "schlüssel", False),
        ("", "", False),
        ("a@isp.example", "\udcff", False),
    ],
)
def test_only_the_users_own_password_admits_and_any_text_may_be_asked(login, password, right):
    assert Accounts({"a@isp.example": "schlüssel"}).admits(login, password) is right


def test_a_repr_shows_no_mail():
    maildrop = Maildrop()
    maildrop.deliver(b"the letter")
    assert "letter" not in repr(maildrop)
