"""Messages as clients compose them, made with Python's own email package: a foreign writer."""

import random
from email.message import EmailMessage
from email.policy import SMTP

CANARY = "Argos-knew-him-at-once"
"""Stands in every letter's text; must never be found at the provider."""


def text() -> bytes:
    return _plain("A plain letter", f"Dear Penelope,\n\n{CANARY}\n.a line that begins with a dot\n\nUlysses\n")


def eight_bit() -> bytes:
    message = EmailMessage(policy=SMTP.clone(cte_type="8bit"))
    _head(message, "Grüße aus Ithaka – ναῦς")
    message.set_content(f"Größe, ἀνήρ, {CANARY}\n", cte="8bit")
    return message.as_bytes()


def html() -> bytes:
    message = _start("In colour", f"{CANARY}\n")
    message.add_alternative(f"<p style='color:navy'>{CANARY}</p>", subtype="html")
    return message.as_bytes()


def picture(octets: int = 3_000_000) -> bytes:
    message = _start("With a big picture", f"{CANARY}\n")
    data = random.Random(octets).randbytes(octets)
    message.add_attachment(data, maintype="image", subtype="png", filename="größe ναῦς.png")
    return message.as_bytes()


def nested() -> bytes:
    inner = EmailMessage(policy=SMTP)
    inner["From"], inner["To"], inner["Subject"] = "x@example.org", "y@example.org", "the one inside"
    inner.set_content(f"forwarded {CANARY}\n")
    message = _start("Forwarded", "see below\n")
    message.add_attachment(inner)
    return message.as_bytes()


def awkward() -> bytes:
    """Long lines, trailing blanks, "From " lines, dots, no MIME fields at all."""
    head = b"From: Ulysses <ulysses@ithaca.example>\r\nTo: penelope@ithaca.example\r\nSubject: as it is\r\n"
    body = b"From the sea\r\n  trailing  \r\n.\r\n..\r\n" + b"x" * 900 + b"\r\n-- \r\n" + CANARY.encode() + b"\r\n"
    return head + b"Message-ID: <awkward@ithaca.example>\r\n\r\n" + body


ALL = {f.__name__: f for f in (text, eight_bit, html, picture, nested, awkward)}


def _plain(subject: str, body: str) -> bytes:
    return _start(subject, body).as_bytes()


def _start(subject: str, body: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    _head(message, subject)
    message.set_content(body)
    return message


def _head(message: EmailMessage, subject: str) -> None:
    message["From"] = "Ulysses <ulysses@ithaca.example>"
    message["To"] = "Penelope Ἰκαρίου <penelope@ithaca.example>"
    message["Subject"] = subject
    message["Date"] = "Tue, 24 Nov 2026 10:00:00 +0000"
    message["Message-ID"] = f"<{subject.encode().hex()[:24]}@ithaca.example>"
