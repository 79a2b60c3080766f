"""How what is sealed looks, as far as a person may choose."""

from dataclasses import dataclass

from ithaca.mime.confidentiality import Confidentiality


@dataclass(frozen=True, slots=True)
class Style:
    """The choices; the defaults are the design's."""

    header_protection: Confidentiality = Confidentiality.BASELINE
    """What encrypting hides of the header section; a reply hides what its original hid all the same."""
    legacy_display: bool = True
    """Hidden fields stand in the text as well, for readers that know no header protection (RFC 9788 §5.2.2)."""
    autocrypt: bool = True
    """Our certificate goes with every letter of ours, and those of the others in To and Cc inside encryption."""
    prefer_encrypt: bool = False
    """The Autocrypt field says ``prefer-encrypt=mutual``."""
