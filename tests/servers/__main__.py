"""``PYTHONPATH=tests python -m servers``: Postfix and Dovecot with two accounts, until Ctrl-C, for trying Ithaca by hand."""

import signal
import sys
import time

import yaml

from servers.provider import Provider, missing

PASSWORDS = {"ulysses@ithaca.example": "scylla", "penelope@ithaca.example": "shroud"}


def main() -> int:
    """Start, print what goes into a configuration, and wait."""
    reason = missing()
    if reason:
        print(f"The servers cannot be started: {reason}.", file=sys.stderr)
        return 1
    started = time.perf_counter()
    with Provider(PASSWORDS) as provider:
        print(f"# Ready after {time.perf_counter() - started:.2f} s. What goes into Ithaca's config.yaml:")
        print(yaml.safe_dump({"providers": {"home": provider.servers()}}, sort_keys=False))
        for login, password in PASSWORDS.items():
            print(f"# user name {login}   password {password}   mail in {provider.maildir(login)}")
        print("# Ctrl-C ends both servers and removes all mail.", flush=True)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
