"""Header protection on reading: shown is only what a layer covers."""

from ithaca.mime import protected
from ithaca.mime.header import HeaderSection

OUTER = HeaderSection.parse(
    b"Received: by isp\r\nFrom: u@x.example\r\nTo: p@x.example\r\nReply-To: evil@x.example\r\nSubject: [...]\r\n"
    b"Content-Type: multipart/encrypted; boundary=b\r\n"
)
INNER = b"From: u@x.example\r\nSubject: the plan\r\nReceived: forged\r\nIthaca-Verdict: good\r\nBcc: x@x.example\r\nX-Mozilla-Keys: k\r\nAuthentication-Results: forged\r\n"
PLAIN = b'Content-Type: text/plain; hp="cipher"\r\n'


def shown(inner, *, outer=OUTER, encrypted=True, signed=True, bound=()):
    payload = HeaderSection.parse(inner)
    return protected.shown(
        outer,
        payload,
        structure=payload,
        encrypted=encrypted,
        signed=signed,
        from_is_bound=lambda a: a in bound,
    )


def test_protected_fields_replace_the_outer_ones_and_nothing_else_is_lifted():
    section = shown(INNER + PLAIN)
    assert section.first(b"Subject").value == b"the plan"
    assert [f.value for f in section.get_all(b"Received")] == [b"by isp"]
    for name in (b"Ithaca-Verdict", b"Bcc", b"X-Mozilla-Keys", b"Authentication-Results", b"Reply-To"):
        assert section.get_all(name) == ()
    assert section.first(b"Content-Type").value == b'text/plain; hp="cipher"'
    assert section.first(b"MIME-Version") is not None


def test_nothing_is_lifted_where_no_layer_covers_it():
    section = shown(INNER + PLAIN, encrypted=False, signed=False)
    assert section.first(b"Subject").value == b"[...]"


def test_nothing_is_lifted_from_a_payload_that_does_not_say_so():
    assert shown(INNER + b"Content-Type: text/plain\r\n").first(b"Subject").value == b"[...]"


def test_the_older_draft_is_read():
    section = shown(INNER + b'Content-Type: text/plain; protected-headers="v1"\r\n')
    assert section.first(b"Subject").value == b"the plan"


def test_another_from_inside_is_shown_only_if_a_signature_binds_it():
    inner = b"From: other@x.example\r\n" + PLAIN
    assert shown(inner).first(b"From").value == b"u@x.example"
    assert shown(inner, bound={"other@x.example"}).first(b"From").value == b"other@x.example"


def test_fields_of_a_payload_that_was_written_with_lf_get_crlf():
    """Many programs seal text with the line ends of their system; a POP3 client must never be shown a lone LF."""
    payload = (INNER + b"X-Folded: one\r\n two\r\n" + PLAIN).replace(b"\r\n", b"\n")
    rendered = shown(payload).render()
    assert rendered.count(b"\n") == rendered.count(b"\r\n") == rendered.count(b"\r")
    assert b"\r\nSubject: the plan\r\n" in rendered
    assert b"\r\nX-Folded: one\r\n two\r\n" in rendered
    assert rendered.endswith(PLAIN)


def test_a_lone_cr_inside_never_becomes_a_line_end():
    section = shown(b"Subject: x\rReceived: forged\n" + PLAIN)
    assert section.first(b"Subject").octets == b"Subject: x\rReceived: forged\r\n"
    assert [f.value for f in section.get_all(b"Received")] == [b"by isp"]
