"""Documents signed here, verified by gpg, and the other way round."""

import os

import pytest

from ithaca.errors import MalformedPacket
from ithaca.openpgp import verification
from ithaca.openpgp.algorithms import HASHES
from ithaca.openpgp.signer import DetachedSigner
from ithaca.verdict import SignatureState
from ithaca.work import run

NOW = 1_790_000_000


def test_detached_signatures_both_ways_with_gpg(engine, alice, alice_octets, lookup, gpg, tmp_path):
    gpg("--import", data=alice_octets)
    document = b"signed\r\ntext\r\n"
    (tmp_path / "document").write_bytes(document)
    signer = DetachedSigner(alice.signing(NOW), engine=engine, created=NOW, random=os.urandom)
    signer.feed(document[:5])
    signer.feed(document[5:])
    (tmp_path / "signature").write_bytes(signer.finish())
    assert signer.micalg == HASHES[8].micalg == "pgp-sha256"
    command = ("--faked-system-time", str(NOW + 9))
    assert b"GOODSIG" in gpg(*command, "--verify", str(tmp_path / "signature"), str(tmp_path / "document")).stderr
    for mode in ((), ("--textmode",)):
        made = gpg(*command, *mode, "--armor", "--detach-sign", data=document).stdout
        judged = run(verification.verify_detached(document, made, engine=engine, lookup=lookup, now=NOW + 10))
        assert [s.state for s in judged] == [SignatureState.GOOD]
        judged = run(verification.verify_detached(document + b"x", made, engine=engine, lookup=lookup, now=NOW + 10))
        assert [s.state for s in judged] == [SignatureState.BAD]


def test_a_signature_part_that_holds_a_whole_message_is_refused(engine, alice, lookup, gpg, alice_octets):
    gpg("--import", data=alice_octets)
    whole = gpg("--faked-system-time", str(NOW + 9), "--sign", "-z0", data=b"something else").stdout
    with pytest.raises(MalformedPacket):
        run(verification.verify_detached(b"text", whole, engine=engine, lookup=lookup, now=NOW + 10))
