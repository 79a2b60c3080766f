"""The two matrices: every cell of the product, and what is known to stand in the way of some.

The law of this file: it is a table. Each limit names the program that has it, and was seen with the version that
docs/interop.md names.
"""

from interop.cells import Direction, Limit, Matrix, State
from interop.exchange import Operation
from interop.programs import Kind
from interop.workshop import OURS

_OUT, _IN = {Direction.OUT}, {Direction.IN}
_NO_COMPRESSION = (
    "The Stateless OpenPGP command line has no word for compression, and Ithaca never compresses what it encrypts."
)
_HIDDEN = {Operation.HIDDEN, Operation.HIDDEN_SECOND}
_INLINE = {Operation.SIGN, Operation.CLEARTEXT, Operation.BLANKS}
_NIST_LIKE = {Kind.P256, Kind.P384, Kind.BRAINPOOL256}
_SOP = {"sqop", "gosop", "pgpainless-cli"}
_WE_NEVER_COMPRESS = Limit(
    State.UNSAID,
    _NO_COMPRESSION,
    f"^{OURS} encrypt: .* no word",
    operations={Operation.COMPRESSED},
    directions=_OUT,
)

VERSION_4 = Matrix(
    "Version 4",
    peers=("gpg", "sqop", "rnp", "gosop", "pgpainless-cli"),
    kinds=(Kind.ED25519, Kind.RSA3072, Kind.P256, Kind.P384, Kind.BRAINPOOL256),
    operations=(
        Operation.ENCRYPT,
        Operation.SIGN,
        Operation.BOTH,
        Operation.DETACHED,
        Operation.CLEARTEXT,
        Operation.BLANKS,
        Operation.HIDDEN,
        Operation.HIDDEN_SECOND,
        Operation.PROTECTED,
        Operation.COMPRESSED,
        Operation.PARTIAL,
    ),
    limits=(
        _WE_NEVER_COMPRESS,
        Limit(
            State.UNSAID,
            _NO_COMPRESSION,
            "^(sqop|gosop|pgpainless-cli) encrypt: .* no word",
            peers=_SOP,
            operations={Operation.COMPRESSED},
            directions=_IN,
        ),
        Limit(
            State.UNSAID,
            "sqop, rnp, gosop and pgpainless-cli cannot be asked to hide a recipient.",
            "--?hidden",
            peers={*_SOP, "rnp"},
            operations=_HIDDEN,
            directions=_IN,
        ),
        Limit(
            State.UNSAID,
            "gosop has neither inline-sign nor inline-verify.",
            "^gosop has no inline-(sign|verify)",
            peers={"gosop"},
            operations=_INLINE,
        ),
        Limit(
            State.UNSAID,
            "gosop cannot be told the password of a key.",
            "^gosop has no .*-with-key-password",
            peers={"gosop"},
            operations={Operation.PROTECTED},
            directions=_OUT,
        ),
        Limit(
            State.UNSAID,
            "gosop makes keys of RSA-2048 alone, sqop and pgpainless-cli of Ed25519, and none can be asked for another kind.",
            "has no generate-key --profile",
            peers={"gosop"},
            operations={Operation.PROTECTED},
            directions=_IN,
        ),
        Limit(
            State.UNSAID,
            "gosop makes keys of RSA-2048 alone, sqop and pgpainless-cli of Ed25519, and none can be asked for another kind.",
            "has no generate-key --profile",
            peers={"sqop", "pgpainless-cli"},
            kinds={Kind.RSA3072, *_NIST_LIKE},
            operations={Operation.PROTECTED},
            directions=_IN,
        ),
        Limit(
            State.FAILS,
            "sqop's cryptographic library has no Brainpool curves.",
            "not (signing|encryption)-capable|No acceptable signatures found|Unable to decrypt",
            peers={"sqop"},
            kinds={Kind.BRAINPOOL256},
        ),
        Limit(
            State.FAILS,
            "sqop tries the first hidden recipient alone.",
            "^sqop decrypt ended with 29",
            peers={"sqop"},
            operations={Operation.HIDDEN_SECOND},
            directions=_OUT,
        ),
        Limit(
            State.FAILS,
            "rnp opens nothing whose recipient is hidden.",
            "failed to obtain decrypting key",
            peers={"rnp"},
            operations=_HIDDEN,
            directions=_OUT,
        ),
        Limit(
            State.FAILS,
            "gosop opens it, but writes other octets: what is no UTF-8 becomes U+FFFD, and CRLF becomes LF.",
            r"^other octets came out: .*\\xef\\xbf\\xbdCRLF\\n",
            peers={"gosop"},
            operations={Operation.ENCRYPT},
            directions=_OUT,
        ),
        Limit(
            State.FAILS,
            "gosop crashes where the first hidden recipient has a key on another curve.",
            "^gosop decrypt ended with 2: panic: runtime error",
            peers={"gosop"},
            kinds=_NIST_LIKE,
            operations={Operation.HIDDEN_SECOND},
            directions=_OUT,
        ),
        Limit(
            State.FAILS,
            "pgpainless-cli gives up where the first hidden recipient has a key on another curve.",
            "(?s)^pgpainless-cli decrypt ended with 1: .*Invalid point encoding",
            peers={"pgpainless-cli"},
            kinds=_NIST_LIKE,
            operations={Operation.HIDDEN_SECOND},
            directions=_OUT,
        ),
        Limit(
            State.FAILS,
            "gpg opens it, but ends with an error, since it tried its key on the first hidden recipient.",
            r"(?s)^gpg ended with 2: .*Checksum error.*GOODMDC",
            peers={"gpg"},
            kinds={Kind.ED25519},
            operations={Operation.HIDDEN_SECOND},
            directions=_OUT,
        ),
        Limit(
            State.FAILS,
            "pgpainless-cli signs blanks at the end of a line, which are no part of the text (RFC 9580 §7.2): nobody can verify it.",
            "inline-verify ended with 3",
            peers={"pgpainless-cli"},
            operations={Operation.BLANKS},
            directions=_IN,
        ),
    ),
)
"""The first limit that covers a cell counts."""

VERSION_6 = Matrix(
    "Version 6",
    peers=("pysequoia", "openpgp.js"),
    kinds=(Kind.V6_ED25519, Kind.V6_ED448),
    operations=(*VERSION_4.operations, Operation.PASSWORD, Operation.MIXED, Operation.GCM, Operation.EAX),
    limits=(
        _WE_NEVER_COMPRESS,
        Limit(
            State.UNSAID,
            "The Stateless OpenPGP command line has no word for the AEAD; Ithaca writes OCB.",
            f"^{OURS} encrypt: .* no word",
            operations={Operation.GCM, Operation.EAX},
            directions=_OUT,
        ),
        Limit(
            State.UNSAID,
            "pysequoia cannot be asked to hide a recipient, to compress, or for an AEAD.",
            "^pysequoia: encrypt has no parameter",
            peers={"pysequoia"},
            operations={*_HIDDEN, Operation.COMPRESSED, Operation.GCM, Operation.EAX},
            directions=_IN,
        ),
        Limit(
            State.UNSAID,
            "pysequoia cannot protect a key.",
            "^pysequoia: .* no password",
            peers={"pysequoia"},
            operations={Operation.PROTECTED},
            directions=_IN,
        ),
        Limit(
            State.FAILS,
            "pysequoia encrypts to a password alone in a version 1 SEIPD packet.",
            "not what was asked for: SEIPD version 1",
            peers={"pysequoia"},
            operations={Operation.PASSWORD},
            directions=_IN,
        ),
        Limit(
            State.FAILS,
            "Ithaca reads OCB and GCM; EAX is optional (RFC 9580 §9.6), and nobody is told that Ithaca reads it.",
            f"^{OURS} decrypt ended with",
            operations={Operation.EAX},
            directions=_IN,
        ),
    ),
)

MATRICES = (VERSION_4, VERSION_6)
