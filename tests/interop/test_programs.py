"""The drivers: what a program finds wrong is told, so that a cell of a matrix can fail."""

import pytest

from integration.openpgp_letters import altered, armor
from interop import framing
from interop.exchange import SMOOTH, TEXT
from interop.matrix import VERSION_4, VERSION_6
from interop.programs import Failed, Form, Kind
from interop.workshop import LENDER, OURS

USERS = [(OURS, Kind.ED25519), (OURS, Kind.V6_ED25519)]
USERS += [(name, matrix.kinds[0]) for matrix in (VERSION_4, VERSION_6) for name in matrix.peers]
"""Each program, with a kind of key that it knows."""
OF_SIGNED_MESSAGES = [user for user in USERS if user[0] != "gosop"]
"""gosop has no command for them; the matrix shows that."""


@pytest.fixture
def user(request, ready, workshop):
    name, kind = request.param
    ready(name)
    if kind.version == 4:
        ready(LENDER)
    return workshop.party(name, kind)


def users(chosen):
    return pytest.mark.parametrize("user", chosen, indirect=True, ids=lambda u: f"{u[0]}-{u[1].value}")


def by(user):
    return (framing.fingerprint(user.certificate),)


def signers(user, *what):
    """Whom the program says that something is signed by; nobody, if it refuses."""
    try:
        return user.program.verify(*what).signers
    except Failed:
        return ()


@users(USERS)
def test_a_detached_signature_is_of_its_document_alone(user):
    signature = user.program.sign(TEXT, user.secret, Form.DETACHED)
    assert signers(user, signature, user.certificate, TEXT) == by(user)
    assert signers(user, signature, user.certificate, altered(TEXT, 3)) == ()


@users(OF_SIGNED_MESSAGES)
@pytest.mark.parametrize("form", [Form.INLINE, Form.CLEARTEXT])
def test_a_signed_message_that_was_altered_is_not_signed(user, form):
    signed = user.program.sign(SMOOTH, user.secret, form)
    assert signers(user, signed, user.certificate) == by(user)
    if form is Form.CLEARTEXT:
        forged = altered(signed, signed.index(b"No man"))
    else:
        # Past the one-pass signature, in what is signed, which may be compressed.
        octets = framing.binary(signed)
        forged = armor(altered(octets, len(octets) // 3))
    assert signers(user, forged, user.certificate) == ()


@users(USERS)
def test_an_encrypted_message_that_was_altered_is_not_opened(user):
    message = user.program.encrypt(TEXT, [user.certificate], by=user.secret, version=user.kind.version)
    opened = user.program.decrypt(message, user.secret, signer=user.certificate)
    assert (opened.plaintext, opened.signers) == (TEXT, by(user))
    forged = armor(altered(framing.binary(message), -30))
    with pytest.raises(Failed):
        user.program.decrypt(forged, user.secret, signer=user.certificate)
