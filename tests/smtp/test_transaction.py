"""A transaction changes by the ISP's replies alone."""

from ithaca.smtp import extensions
from ithaca.smtp.replies import own
from ithaca.smtp.transaction import Transaction

OK, NO = own(250, "", "ok"), own(550, "", "no")
MAIL = extensions.parse(b"FROM:<a@x.example> SIZE=12", b"FROM")
RCPT = extensions.parse(b"TO:<b@x.example>", b"TO")


def test_only_what_was_accepted_counts():
    transaction = Transaction()
    transaction.answered(b"MAIL", MAIL, NO)
    assert transaction.sender is None
    transaction.answered(b"MAIL", MAIL, OK)
    transaction.answered(b"RCPT", RCPT, NO)
    transaction.answered(b"RCPT", RCPT, OK)
    assert transaction.recipients == [RCPT]
    assert transaction.stated_size == 12
    transaction.answered(b"RSET", None, OK)
    assert (transaction.sender, transaction.recipients) == (None, [])
