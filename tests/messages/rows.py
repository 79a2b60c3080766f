"""The attacks and the faults of similar programs that the corpus answers, and its page README.md.

The law of this file: every row has a message or a reason why no message can carry it.
"""

import re

_CAN_BE_SENT = """
    ef-sandwich ef-signed-sandwich ef-cfb ef-nomdc ef-sed ef-downgrade ef-header ef-smime ef-fetch
    ro-mix ro-hide ro-cid ro-822 ro-double ro-attach ro-inline ro-repair ro-part ro-partition ro-first ro-replay
    ro-replay-dos rp-replyto ro-context so-css
    mw-prepend mw-hide mw-cid mw-attach mw-822 mw-parts mw-attached mw-ambig mw-textmime mw-clear mw-inlinehtml
    mw-strip mw-outer mw-two mw-micalg mw-unobtr
    id-from id-display id-several id-none id-sender id-syntax id-idn id-uid id-claim id-keyid id-replay
    ui-banner ui-field ui-inner ui-ar ui-obeyed ui-inject ui-status ui-phish ui-fakeenc
    pk-grammar pk-unknown pk-length pk-bomb pk-flood pk-retry pk-probe pk-oracle pk-elgamal pk-aead pk-aliased
    pk-forward
    sg-type sg-text sg-v3 sg-ops sg-unhashed sg-critical sg-time sg-hash sg-flags sg-graft sg-subkey sg-revoke
    sg-expiry sg-flood sg-weak
    hp-part hp-unsigned hp-outerlie hp-mode hp-legacy hp-wrap hp-struct
    ac-overwrite ac-block ac-date ac-prefer ac-gossip
    tr-smuggle tr-popdot tr-lines
    px-wish px-mailto px-phrase px-idpoison px-state
"""
WITHOUT_MESSAGE = {
    "kw-overwrite": "a key file of one's own, never a letter: tests/openpgp/own_keys, tests/openpgp/test_secret_key.py",
    "kw-s2k": "a key file of one's own, never a letter: tests/openpgp/test_s2k.py",
    "dk-wkd": "an answer of a web server",
    "dk-server": "an answer of a key server",
    "dk-dane": "an answer of the DNS",
    "dk-fail": "a look-up that fails",
    "dk-leak": "a look-up that should not be made",
    "tr-inject": "replies of a server before TLS: tests/smtp, tests/pop3",
    "tr-command": "commands of a client before TLS: tests/smtp, tests/pop3",
    "tr-strip": "capabilities that a server lacks: tests/smtp, tests/pop3",
    "tr-steal": "a connection, not a letter: tests/smtp, tests/pop3",
    "tr-apop": "a greeting: tests/pop3",
    "tr-http": "octets of a web page at our ports: tests/smtp, tests/pop3",
    "tr-port": "a port: tests/test_listening.py",
    "tr-sign": "an outgoing message: tests/test_outgoing.py",
    "tr-open": "a connection: tests/pop3",
    "px-quote": "an outgoing message: tests/test_outgoing.py",
    "px-resend": "an outgoing message: tests/test_outgoing.py",
    "px-auto": "an outgoing message: tests/test_outgoing.py",
    "px-bcc": "an outgoing message: tests/test_outgoing.py",
    "px-subject": "an outgoing message: tests/test_outgoing.py",
    "px-meta": "an outgoing message: tests/test_outgoing.py",
    "px-partial": "a transaction: tests/smtp/test_relay.py",
    "px-spoil": "certificates and an outgoing message: tests/test_policy.py",
    "px-timing": "a pattern of commands: tests/pop3",
    "px-disk": "the process, not a letter: tests/test_log.py",
    "peer-envelope": "OPMP sends to the header's recipients: an outgoing message",
    "peer-cc": "OPMP encrypts to To alone: an outgoing message",
    "peer-uidl": "OPMP has no UIDL: POP3 commands",
    "peer-retry": "OPMP never retries: a connection",
    "peer-relay": "IHO relays for everybody: a connection",
    "peer-plain": "IHO and MGT send in clear what they cannot seal: an outgoing message",
    "peer-drop": "ZEY drops what it cannot seal: an outgoing message",
    "peer-passphrase": "GME wants keys without a passphrase: a keyring",
    "peer-log": "EOP logs mail bodies: tests/test_log.py",
}
"""Rows that no incoming message can carry."""
FAULTS = {
    "peer-no-uid": "OPMP stops at a good signature by a key without a User ID that is From",
    "peer-subject": "OPMP lets a plain Subject say [encrypted][verified]",
    "peer-ascii": "OPMP writes mail anew through ASCII",
    "peer-content-type": "IHO replaces the body and keeps the Content-Type",
    "peer-headers": "BIT lets inner fields overwrite outer ones wholesale",
    "peer-unchecked": "GME never checks a signature; HYD reads it and does not show the result",
    "peer-rebuilt": "HYD and PRB build signed mail anew, and the signature breaks",
    **{name: reason for name, reason in WITHOUT_MESSAGE.items() if name.startswith("peer-")},
}
"""Of other mail proxies and gateways, by the short names of those programs."""
ATTACKS = (*_CAN_BE_SENT.split(), *(name for name in WITHOUT_MESSAGE if not name.startswith("peer-")))

_HEAD = """\
# Letters

{count} messages of our own making, as a provider's maildrop may hold them, each with what must come of it when Bob's Ithaca
fetches it. Keys and letters are made by `python -m messages`, in `tests`, with `PYTHONPATH=../proxy:.`; it writes the same
octets at every run. Keys are made from their owners' names by `tests/openpgp/raw.py`, which shares no code with the package;
Alice and Bob are those of `keyrings/`. None of these keys is worth anything elsewhere.

In `cases`: `NNN-name.eml` is the message; `.readme` says what it is, how it is built and why it ends so, in brackets the
attack (`ef-sandwich`) or the fault of a similar program (`peer-subject`) that it stands for; `.verdict.json` holds the facts
that are stated:

| name | meaning |
|---|---|
| `group` | plain, pgpmime, inline, protected-headers, autocrypt, mangled, hostile |
| `decryption`, `signature`, `from`, `binding`, `subject`, `layers`, `from_addresses` | of the verdict; `null`: not stated; a list: one of these |
| `findings`, `some_finding`, `no_findings` | names that must be there; at least one; none at all |
| `shows`, `hides` | what must and must not stand in what the client gets |
| `head_shows`, `head_hides` | the same, in its header section |
| `untouched` | the octets pass as they came, but for our mark and for fields that only Ithaca may write |
| `body_untouched` | the same, of the body alone |
| `phrase` | the seal phrase stands in the banner; absent: it must not |
| `given` | what Bob knows, where it is not the usual: `known` (names in `keys`), `tied` (how they are tied), `first_opened` |

Bob has the certificates of Alice (seen since January, twelve letters), Carol and Eve (new). Letters are signed on 2026-11-24
at 10:00 UTC and fetched two hours later. What is too big to be stored is built by `test_big_messages.py`. Messages of your
own in `private` are judged, too; Git does not see that folder.

"""


def page(named) -> str:
    """The whole page; `named`: names and cases in order."""
    lines = [_HEAD.format(count=len(named))]
    groups: dict[str, list[str]] = {}
    by_row: dict[str, list[str]] = {}
    for name, case in named:
        groups.setdefault(case.group, []).append(name)
        for row in case.rows:
            by_row.setdefault(row, []).append(name[:3])
    lines += ["| group | messages |\n|---|---|\n", *(f"| {g} | {len(names)} |\n" for g, names in groups.items())]
    lines += ["\n## Attacks and faults\n\n| row | messages |\n|---|---|\n"]
    for row in (*ATTACKS, *FAULTS):
        where = ", ".join(by_row.get(row, ())) or f"none: {WITHOUT_MESSAGE.get(row, '')}"
        what = f" ({FAULTS[row]})" if row in FAULTS and row not in WITHOUT_MESSAGE else ""
        lines.append(f"| {row}{what} | {where} |\n")
    return re.sub(r"\n{3,}", "\n\n", "".join(lines))
