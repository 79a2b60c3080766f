"""Standard input and output: slow, closed, full, gone."""

import os
import signal
import subprocess
import threading
import time

import pytest

from cli.sop.processes import COMMAND
from ithaca.cli.sop import standard_streams
from ithaca.cli.sop.signed_input import MOST_TEXT

SIZE = 8 << 20


@pytest.fixture
def data():
    return os.urandom(SIZE)


@pytest.fixture
def sealed(sop, alice, data):
    return sop("encrypt", f"--sign-with={alice.key}", alice.cert, octets=data)


def start(sop, *arguments, **options):
    return subprocess.Popen([*COMMAND, *map(str, arguments)], cwd=sop.folder, env=sop.environment(), **options)


@pytest.mark.parametrize("subcommand", ["encrypt", "decrypt", "armor", "dearmor", "inline-sign", "inline-verify"])
def test_a_consumer_who_goes_away_ends_it_in_silence(sop, alice, data, sealed, subcommand):
    binary = sop("encrypt", "--no-armor", alice.cert, octets=data)
    signed = sop("inline-sign", alice.key, octets=data)
    arguments = {
        "encrypt": [alice.cert],
        "decrypt": [alice.key],
        "inline-sign": [alice.key],
        "inline-verify": [alice.cert],
    }
    given = {
        "encrypt": data,
        "decrypt": sealed,
        "armor": binary,
        "dearmor": sealed,
        "inline-sign": data,
        "inline-verify": signed,
    }
    (sop.folder / "in").write_bytes(given[subcommand])
    with (sop.folder / "in").open("rb") as source:
        process = start(
            sop,
            subcommand,
            *arguments.get(subcommand, []),
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout.read(1)
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()
        assert (process.wait(30), said) == (-signal.SIGPIPE, b"")


@pytest.mark.parametrize("subcommand", ["sign", "encrypt"])
def test_closed_standard_input_is_said(sop, alice, subcommand):
    closed = [
        "sh",
        "-c",
        'exec "$@" <&-',
        "sh",
        *COMMAND,
        subcommand,
        str(alice.key if subcommand == "sign" else alice.cert),
    ]
    done = subprocess.run(closed, capture_output=True, env=sop.environment(), check=False)
    assert (done.returncode, done.stdout) == (61, b"")
    assert done.stderr == b"ithaca-sop: Standard input cannot be read: Bad file descriptor. [MISSING_INPUT]\n"


def test_closed_standard_output_is_said(sop, alice):
    closed = ["sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, "sign", str(alice.key)]
    done = subprocess.run(closed, input=b"x", capture_output=True, env=sop.environment(), check=False)
    assert done.returncode == 1
    assert done.stderr == b"ithaca-sop: Standard output is closed. [UNSPECIFIED_FAILURE]\n"


def test_a_full_disk_behind_standard_output_is_said(sop, alice):
    with open("/dev/full", "wb") as full:
        process = start(sop, "sign", alice.key, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE)
        said = process.communicate()[1]
    assert process.returncode == 1
    assert said == b"ithaca-sop: Standard output cannot be written: No space left on device. [UNSPECIFIED_FAILURE]\n"


def test_interrupted_it_ends_in_silence(sop, alice):
    process = start(sop, "sign", alice.key, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(bytes(1 << 20))
    process.stdin.flush()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert (process.wait(30), process.stdout.read(), process.stderr.read()) == (-signal.SIGINT, b"", b"")
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()


def test_a_slow_source_is_gathered(sop, alice, data):
    """Octet by octet at first, then in odd pieces: what comes out is the same."""
    process = start(sop, "sign", alice.key, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for at in range(50):
        os.write(process.stdin.fileno(), data[at : at + 1])
    for at in range(50, 1 << 20, 77_777):
        process.stdin.write(data[at : min(at + 77_777, 1 << 20)])
        process.stdin.flush()
    signature = process.communicate()[0]
    assert sop("verify", sop.write("s", signature), alice.cert, octets=data[: 1 << 20])


def test_streams_that_do_not_block_are_waited_for(sop, alice, data):
    """As a terminal or another program leaves them: writes are cut short, reads and writes may have to wait."""
    given, giving = os.pipe()
    taking, taken = os.pipe()
    for end in (given, taken):
        os.set_blocking(end, False)
    process = start(sop, "armor", stdin=given, stdout=taken, stderr=subprocess.PIPE)
    os.close(given)
    os.close(taken)
    message = sop("encrypt", "--no-armor", alice.cert, octets=data)

    def give():
        with open(giving, "wb") as sink:
            sink.write(message[:1000])
            sink.flush()
            time.sleep(0.5)
            sink.write(message[1000:])

    giver = threading.Thread(target=give)
    giver.start()
    time.sleep(1)
    with open(taking, "rb") as source:
        armored = source.read()
    giver.join()
    assert (process.communicate()[1], process.returncode) == (b"", 0)
    assert sop("dearmor", octets=armored) == message


def test_pieces_are_whole_but_for_the_last(monkeypatch):
    reading, writing = os.pipe()
    monkeypatch.setattr(standard_streams, "STANDARD_INPUT", reading)
    monkeypatch.setattr(standard_streams, "PIECE", 10)
    for octets in (b"abc", b"def", b"ghijklm", b"no"):
        os.write(writing, octets)
    os.close(writing)
    assert list(standard_streams.pieces()) == [b"abcdefghij", b"klmno"]
    os.close(reading)


@pytest.mark.parametrize("size", [0, 1, standard_streams.PIECE, SIZE])
def test_any_size_passes_through_everything(sop, alice, data, size):
    octets = data[:size]
    sealed = sop("encrypt", f"--sign-with={alice.key}", alice.cert, octets=octets)
    given = [f"--verify-with={alice.cert}", "--verifications-out=v"]
    assert sop("decrypt", *given, alice.key, octets=sealed) == octets
    assert sop.path("v").read_bytes().count(b"\n") == 1
    assert sop("dearmor", octets=sop("armor", octets=sop("dearmor", octets=sealed))) == sop("dearmor", octets=sealed)
    assert sop("inline-verify", alice.cert, octets=sop("inline-sign", alice.key, octets=octets)) == octets
    assert sop("verify", sop.write("s", sop("sign", alice.key, octets=octets)), alice.cert, octets=octets)


PEAK = (
    "import sys; from ithaca.cli.sop import main; code = main();"
    "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0], file=sys.stderr); sys.exit(code)"
)
"""The program, and the most memory that it held, in KiB."""
MOST_MEMORY = 64
"""MB; docs/sop.md says so."""


def peak(sop, source, target, subcommand, *arguments):
    """MB that it held at most, from a file to a file."""
    command = [COMMAND[0], "-c", PEAK, subcommand, *map(str, arguments)]
    with sop.path(source).open("rb") as given, sop.path(target).open("wb") as out:
        done = subprocess.run(
            command, stdin=given, stdout=out, stderr=subprocess.PIPE, env=sop.environment(), cwd=sop.folder, check=True
        )
    return int(done.stderr) * 1024 / 1e6


def test_memory_does_not_depend_on_the_size(sop, alice):
    """Of data sixteen times as large as others."""
    small, large = 4 << 20, 64 << 20
    peaks = {}
    for size in (small, large):
        with sop.write("in", b"").open("wb") as file:
            file.truncate(size)
        for source, subcommand, arguments, target in (
            ("in", "encrypt", [f"--sign-with={alice.key}", alice.cert], "sealed"),
            ("sealed", "decrypt", [alice.key], "opened"),
            ("in", "sign", [alice.key], "signature"),
            ("in", "verify", ["signature", alice.cert], "verifications"),
            ("in", "inline-sign", [alice.key], "signed"),
            ("signed", "inline-verify", [alice.cert], "verified"),
            ("signed", "inline-detach", [f"--signatures-out=signature-{size}"], "detached"),
            ("signed", "dearmor", [], "binary"),
            ("binary", "armor", [], "armored"),
        ):
            peaks[subcommand, size] = peak(sop, source, target, subcommand, *arguments)
        assert {sop.path(name).stat().st_size for name in ("opened", "verified", "detached")} == {size}
        assert sop.path("armored").stat().st_size == sop.path("signed").stat().st_size
    for subcommand in {subcommand for subcommand, _ in peaks}:
        assert peaks[subcommand, large] <= MOST_MEMORY, peaks
        assert peaks[subcommand, large] - peaks[subcommand, small] <= 8, peaks


@pytest.mark.parametrize("line", [b"a line of a letter\n", b"\n", b"-\n", b"a" * (1 << 18)])
def test_the_largest_clearsigned_text_is_held_once(sop, alice, line):
    """Its signatures stand behind it, and nothing of it may be on a disk."""
    sop.write("in", (line * (MOST_TEXT // len(line)))[: MOST_TEXT - 1] + b"\n")
    peaks = {
        "inline-sign": peak(sop, "in", "signed", "inline-sign", "--as=clearsigned", alice.key),
        "inline-verify": peak(sop, "signed", "verified", "inline-verify", alice.cert),
        "inline-detach": peak(sop, "signed", "detached", "inline-detach", "--signatures-out=s"),
    }
    assert max(peaks.values()) <= MOST_MEMORY, peaks
    text = sop.path("in").read_bytes()
    assert sop.path("verified").read_bytes() == text
    assert sop.path("detached").read_bytes() == text.removesuffix(b"\n")


def test_what_is_too_large_is_refused_before_it_is_held(sop, alice):
    """A clearsigned text; signing it needs no more memory than a small one."""
    sop.write("in", b"a line of a letter\n" * (4 * MOST_TEXT // 19))
    assert peak(sop, "in", "signed", "inline-sign", "--as=clearsigned", alice.key) <= MOST_MEMORY
    with pytest.raises(subprocess.CalledProcessError) as refused:
        peak(sop, "signed", "verified", "inline-verify", alice.cert)
    sentence, held = refused.value.stderr.decode().splitlines()
    assert "more than 16 MiB" in sentence
    assert int(held) * 1024 / 1e6 <= MOST_MEMORY
