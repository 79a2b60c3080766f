"""Standard input and output: slow, closed, full, gone."""

import os
import signal
import subprocess
import threading
import time

import pytest

from cli.sop.processes import COMMAND
from ithaca.cli.sop import standard_streams

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


def test_memory_does_not_depend_on_the_size(sop, alice):
    """Of a message sixteen times as large as another, both ways."""
    peaks = {}
    for size in (4 << 20, 64 << 20):
        with sop.write("in", b"").open("wb") as file:
            file.truncate(size)
        for source, subcommand, arguments, target in (
            ("in", "encrypt", [f"--sign-with={alice.key}", alice.cert], "sealed"),
            ("sealed", "decrypt", [alice.key], "opened"),
        ):
            with sop.path(source).open("rb") as given, sop.path(target).open("wb") as out:
                command = [COMMAND[0], "-c", PEAK, subcommand, *map(str, arguments)]
                done = subprocess.run(
                    command, stdin=given, stdout=out, stderr=subprocess.PIPE, env=sop.environment(), check=True
                )
            peaks[subcommand, size] = int(done.stderr) >> 10
        assert sop.path("opened").stat().st_size == size
    for subcommand in ("encrypt", "decrypt"):
        small, large = (peaks[subcommand, size] for size in (4 << 20, 64 << 20))
        assert large <= 64, peaks
        assert large - small <= 8, peaks
