"""The letters of the demo: what Ulysses' mail program sends, composed as any ordinary program would."""

import struct
import zlib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid

SUBJECT = "From Aiaia – nearly home"
TEXT = """Dear Penelope,

nine years of salt, and at last a harbour where somebody keeps paper. I am well; the crew is fewer.
Circe says the wind will turn on Thursday. Tell Telemachos that his father can still string the bow,
and tell nobody else – ναῦς μία, one ship, and too many suitors who read other people's letters.

The picture is the island at dusk, so that you know it when we pass it together.

Your Ulysses
"""
PICTURE_NAME = "island at dusk.png"
WIDTH, HEIGHT = 320, 200


def picture() -> bytes:
    """A PNG: sky, an island, the sea, in a few bands of colour."""
    rows = bytearray()
    for y in range(HEIGHT):
        rows.append(0)
        for x in range(WIDTH):
            rows += bytes(_colour(x, y))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _colour(x: int, y: int) -> tuple[int, int, int]:
    hill = 110 - max(0, 50 - abs(x - 190) * 2 // 3) + (x * 7 % 5)
    if y > 118 + (x * y % 3):
        return 20, 60 + y // 4, 110 + (x * y) % 13
    if y > hill:
        return 60 + (x + y) % 9, 70, 50
    return 250 - y // 2, 170 - y // 2 + x % 3, 90 + y


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def from_ulysses(sender: str, recipient: str) -> bytes:
    """The letter with the picture, CRLF lines."""
    message = _message(sender, recipient, SUBJECT, TEXT)
    message.add_attachment(picture(), maintype="image", subtype="png", filename=PICTURE_NAME)
    return message.as_bytes()


def forged(sender: str, recipient: str) -> bytes:
    """What a suitor would like Penelope to read."""
    text = "Dear Penelope,\n\nI am not coming back. Marry Antinoos.\n\nUlysses\n"
    return _message(sender, recipient, "Do not wait", text).as_bytes()


def _message(sender: str, recipient: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = (
        f"Ulysses <{sender}>",
        f"Penelope <{recipient}>",
        subject,
    )
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain="aiaia.example")
    message.set_content(text)
    return message
