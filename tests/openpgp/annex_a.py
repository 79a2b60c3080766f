"""Samples of RFC 9580 Annex A, and of its sibling in draft-koch-librepgp, as they are printed there."""

import base64

from ithaca.openpgp import packets

PASSWORD = b"password"
"""Of A.9 to A.12."""
LOCKED_PASSPHRASE = b"correct horse battery staple"
"""Of A.5."""


def _packets(text):
    return {p.tag: p.body for p in packets.split(base64.b64decode(text))}


A9_EAX = _packets("""
w0AGHgcBCwMIpa5XnR/F2Cv/aSJPkZmTs1Bvo7WaanPP+MXvxfQcV/tU4cImgV14
KPX5LEVOtl6+AKtZhsaObnxV0mkCBwEGn/kOOzIZZPOkKRPI3MZhkyUBUifvt+rq
pJ8EwuZ0F11KPSJu1q/LnKmsEiwUcOEcY9TAqyQcapOK1Iv5mlqZuQu6gyXeYQR1
QCWKt5Wala0FHdqW6xVDHf719eIlXKeCYVRuM5o=
""")
A10_OCB = _packets("""
wz8GHQcCCwMIVqKY0vXjZFP/z8xcEWZO2520JZDX3EawckG2EsOBLP/76gDyNHsl
ZBEj+IeuYNT9YU4IN9gZ02zSaQIHAgYgpmH3MfyaMDK1YjMmAn46XY21dI6+/wsM
WRDQns3WQf+f04VidYA1vEl1TOG/P/+n2tCjuBBPUTPPQqQQCoPu9MobSAGohGv0
K82nyM6dZeIS8wHLzZj9yt5pSod61CRzI/boVw==
""")
A10_SESSION = bytes.fromhex("28e79ab82397d3c63de24ac217d7b791")
A11_GCM = _packets("""
wzwGGgcDCwMI6dOXhbIHAAj/tC58SD70iERXyzcmubPbn/d25fTZpAlS4kRymIUa
v/91Jt8t1VRBdXmneZ/SaQIHAwb8uUSQvLmLvcnRBsYJAmaUD3LontwhtVlrFXax
Ae0Pn/xvxtZbv9JNzQeQlm5tHoWjAFN4TLHYtqBpnvEhVaeyrWJYUxtXZR/Xd3kS
+pXjXZtAIW9ppMJI2yj/QzHxYykHOZ5v+Q==
""")
A11_SESSION = bytes.fromhex("1936fc8568980274bb900d8319360c77")
A12_ARGON2 = _packets("""
wycEBwScUvg8J/leUNU1RA7N/zE2AQQVnlL8rSLPP5VlQsunlO+ECxHSPgGYGKY+
YJz4u6F+DDlDBOr5NRQXt/KJIf4m4mOlKyC/uqLbpnLJZMnTq3o79GxBTdIdOzhH
XfA3pqV4mTzF
""")
A12_SESSION = bytes.fromhex("01fe16bbacfd1e7b78ef3b865187374f")
HELLO = b"Hello, world!"
"""The literal data in all of them."""

A4_PRIMARY = base64.b64decode("""
BmOHf+MbAAAAIPlNp7tI1gph5WdwamWH0DMZmbudiRoIJC6thFQ9+JWjABlygXsSvnB+jV9YbOYTYSAdNE6yZqLIL95oNXYrZbC3
""")
"""The body of the unlocked primary key."""
A5_PRIMARY = base64.b64decode("""
BmOHf+MbAAAAIPlNp7tI1gph5WdwamWH0DMZmbudiRoIJC6thFQ9+JWj/SYJAhQEXW/XHJ4JbR62kXtubh7srgEEFbSoqSdPq+Yy
+HWnBlkgIXglj6SE2Isn8iDj0t4CA8oPH+7La3dTgePi2bFIXCIzjKVR4JomPyLrSZLpZ3qAWA==
""")
"""The body of the same key, locked."""

A4_SUBKEY = base64.b64decode("""
BmOHf+MZAAAAIIaTJINn+eUBXbki+PSAld2nhJh/LVmFsS+60WyvXkQ1AE1gCk95TUR3XFeibg/u/tVY6a//1q0NWC1X+yui3O24
""")
"""The body of its unlocked subkey, which A.8 is encrypted to."""
A8_X25519 = _packets("""
wV0GIQYSyD8ecG9jCP4VGkF3Q6HwM3kOk+mXhIjR2zeNqZMIhRmHzxjV8bU/gXzO
WgBM85PMiVi93AZfJfhK9QmxfdNnZBjeo1VDeVZheQHgaVf7yopqR6W1FT6NOrfS
aQIHAgZhZBZTW+CwcW1g4FKlbExAf56zaw76/prQoN+bAzxpohup69LA7JW/Vp0l
yZnuSj3hcFj0DfqLTGgr4/u717J+sPWbtQBfgMfG9AOIwwrUBqsFE9zW+f1zdlYo
bhF30A+IitsxxA==
""")
A8_SESSION = bytes.fromhex("dd708f6fa1ed65114d68d2343e7c2f1d")

A1_KEY = _packets("xjMEU/NfCxYJKwYBBAHaRw8BAQdAPwmJlL3ZFu1AUxl5NOSofIBzOhKA1i+AEJkuQ+47JAY=")[6]
A2_SIGNATURE = _packets("""
iF4EABYIAAYFAlX5X5UACgkQjP3hIZeWWpr2IgD/VvkMypjiECY3vZg/2xbBMd/S
ftgr9N3lYG4NdWrtM2YBANCcT6EVJ/A44PV/IgHYLy6iyQMyZfps60iehUuuYbQE
""")[2]
A2_TEXT = b"OpenPGP"

LIBREPGP_OCB = bytes.fromhex("""
01 07 02 0e 5e d2 bc 1e 47 0a be 8f 1d 64 4c 7a 6c 8a 56 7b 0f 77 01 19 66 11 a1 54 ba 9c 25 74 cd 05 62 84 a8 ef 68
03 5c 62 3d 93 cc 70 8a 43 21 1b b6 ea f2 b2 7f 7c 18 d5 71 bc d8 3b 20 ad d3 a0 8b 73 af 15 b9 a0 98
""")
"""The body of the packet of type 20 in draft-koch-librepgp A.3."""
LIBREPGP_SESSION = bytes.fromhex("d1f01ba30e130aa7d2582c16e050ae44")
