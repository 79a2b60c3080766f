"""Which secret key opens a message: the encrypted session keys in front of it, tried (RFC 9580 §5.1, §10.3.2.1).

The law of this file: a failure is no answer: whatever is wrong with one of them, the next is tried. Anybody can put one
in front that opens, and holds another session key: the message alone says which is right. Trials are counted, since
each costs public-key arithmetic, and so are the keys that they give, since each costs a way through the message.
"""

from collections.abc import Iterator, Sequence

from ithaca.openpgp.engine import Engine, SecretComponent, SessionKey

MOST_TRIALS = 200
"""Public-key operations spent on finding the session key, hidden recipients included."""
MOST_FOUND = 5
"""Session keys of one message that are tried on it."""


def candidates(
    pkesks: Sequence[bytes], version: int, secrets: Sequence[SecretComponent], engine: Engine
) -> Iterator[SessionKey | None]:
    """The session keys from the bodies of PKESK packets, those of `version` (3 or 6), each once.

    None after each trial that gave nothing: a piece of work was done. Named recipients first; hidden ones with every
    key (§5.1.8).
    """
    found: list[SessionKey] = []
    for session in _tried(pkesks, version, secrets, engine):
        if session is None or session in found:
            yield None
            continue
        found.append(session)
        yield session
        if len(found) == MOST_FOUND:
            return


def _tried(
    pkesks: Sequence[bytes], version: int, secrets: Sequence[SecretComponent], engine: Engine
) -> Iterator[SessionKey | None]:
    trials = 0
    for hidden in (False, True):
        for body in pkesks:
            recipient = _recipient(body, version)
            if recipient is None or (not recipient[0]) is not hidden:
                continue
            for secret in secrets:
                if not _may_be_for(recipient, secret):
                    continue
                trials += 1
                if trials > MOST_TRIALS:
                    return
                yield engine.decrypt(secret, body)


def _recipient(body: bytes, version: int) -> tuple[str, int] | None:
    """(key ID or fingerprint, algorithm) of a PKESK; "" for a hidden one. None: it does not go with the data."""
    if not body or body[0] != version:
        # §10.3.2.1: discarded.
        return None
    if version == 3:
        name = body[1:9].hex().upper()
        return ("" if name == "0" * 16 else name, body[9]) if len(body) > 10 else None
    end = 2 + body[1] if len(body) > 1 else 0
    return (body[3:end].hex().upper(), body[end]) if 2 <= end < len(body) - 1 else None


def _may_be_for(recipient: tuple[str, int], secret: SecretComponent) -> bool:
    name, algorithm = recipient
    return algorithm == secret.public.algorithm and name in ("", secret.public.key_id, secret.public.fingerprint)
