"""The configuration: one YAML file → validated, frozen settings.

The law of this file: every error is reported at once, with file, line and key, in words that need no manual; no
secret ever stands in the file, and nothing in it is guessed.
"""

import difflib
import ipaddress
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pydantic
import yaml
from pydantic import BaseModel, ConfigDict, Field

from ithaca import address, files, tls
from ithaca.dial import Tls
from ithaca.errors import ConfigError, Problem
from ithaca.files import FileError
from ithaca.incoming import Banner, Keep
from ithaca.keyring import phrase
from ithaca.mime.confidentiality import Confidentiality
from ithaca.policy import Encrypt, Sign, SignFormat
from ithaca.wish import NAMES

Port = Annotated[int, Field(ge=0, le=65535)]
Key = tuple[str | int, ...]

SMTP_PORT, POP3_PORT = 1587, 1110
_DEFAULT_PORTS = {
    ("smtp", Tls.STARTTLS): 587,
    ("smtp", Tls.IMPLICIT): 465,
    ("smtp", Tls.NONE): 25,
    ("pop3", Tls.STARTTLS): 110,
    ("pop3", Tls.IMPLICIT): 995,
    ("pop3", Tls.NONE): 110,
}
MOST_FILE = 1 << 20
MOST_DEPTH = 20


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(_Settings):
    """One server of the provider."""

    host: Annotated[str, Field(min_length=1, description="Host name of the provider's server.")]
    port: Annotated[Port | None, Field(description="Default: by tls, 587/465/25 for SMTP, 110/995/110 for POP3.")] = (
        None
    )
    tls: Annotated[Tls | None, Field(description="Default: starttls for SMTP, implicit for POP3.")] = None
    ca_file: Annotated[Path | None, Field(description="Certificates to trust instead of the system's.")] = None


class Listen(_Settings):
    """Where Ithaca listens for mail programs."""

    address: Annotated[str, Field(description="loopback (127.0.0.1 and ::1), or an IP address of this machine.")] = (
        "loopback"
    )
    smtp_port: Annotated[Port, Field(description="0 lets the system choose.")] = SMTP_PORT
    pop3_port: Annotated[Port, Field(description="0 lets the system choose.")] = POP3_PORT
    tls: Annotated[Tls, Field(description="TLS between mail program and Ithaca; required beyond loopback.")] = Tls.NONE
    certificate: Annotated[Path | None, Field(description="PEM file, with tls.")] = None
    private_key: Annotated[Path | None, Field(description="PEM file, with tls.")] = None

    @property
    def is_loopback(self) -> bool:
        """Only programs of this machine can reach it."""
        return self.address == "loopback" or ipaddress.ip_address(self.address).is_loopback

    @property
    def addresses(self) -> tuple[str, ...]:
        """The IP addresses to listen on; the first must work."""
        return ("127.0.0.1", "::1") if self.address == "loopback" else (self.address,)


class Provider(_Settings):
    """One ISP: its servers, and the local ports that stand for them."""

    smtp: Server
    pop3: Server
    listen: Listen = Listen()
    sign_without_login: Annotated[
        bool, Field(description="Sign for sessions that never log in, if the provider wants no login.")
    ] = False


class Passphrase(_Settings):
    """Where the passphrase of a key comes from: exactly one of these."""

    credential: Annotated[str | None, Field(description="Name of a systemd credential.", pattern=r"^[^/]+$")] = None
    file: Annotated[Path | None, Field(description="A file of yours with mode 0600.")] = None
    terminal: Annotated[Literal[True] | None, Field(description="Asked when Ithaca starts in a terminal.")] = None

    @pydantic.model_validator(mode="after")
    def _one(self) -> Self:
        if sum(v is not None for v in (self.credential, self.file, self.terminal)) != 1:
            raise ValueError("must name exactly one of credential, file and terminal")
        return self


class IdentityPolicy(_Settings):
    """What differs for one identity."""

    sign: Sign | None = None
    encrypt: Encrypt | None = None
    sign_format: SignFormat | None = None


class Identity(_Settings):
    """An address that is yours."""

    address: Annotated[str, Field(description="Your mail address.")]
    provider: Annotated[str, Field(description="Name of one of the providers above.")]
    login: Annotated[str | None, Field(description="User name at the provider; default: the address.")] = None
    keyring: Annotated[str, Field(min_length=1, description="Name of a keyring, or the path of its folder.")]
    key: Annotated[str | None, Field(description="Fingerprint; needed where the keyring has several secret keys.")] = (
        None
    )
    passphrase: Passphrase
    phrase: Annotated[
        str | None,
        Field(description="Your own seal phrase; default: one of random words, see ithaca phrase."),
    ] = None
    policy: IdentityPolicy = IdentityPolicy()


class Rule(_Settings):
    """What differs for recipients; the first rule that matches decides."""

    match: Annotated[
        str, Field(description="An address, or a pattern with *, such as *@bank.example.", pattern="^.*@.+$")
    ]
    sign: Sign | None = None
    encrypt: Encrypt | None = None
    sign_format: SignFormat | None = None


class Policy(_Settings):
    """What is wanted where nothing more special says otherwise."""

    sign: Sign = Sign.ALWAYS
    encrypt: Encrypt = Encrypt.WHEN_POSSIBLE
    sign_format: Annotated[
        SignFormat, Field(description="auto: attached for people who use OpenPGP, else unobtrusive.")
    ] = SignFormat.AUTO
    rules: tuple[Rule, ...] = ()


_Tag = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{1,30}$")]


class Wish(_Settings):
    """What the tags in a Subject are called; lower case, without brackets."""

    encrypt: _Tag = NAMES.encrypt
    clear: _Tag = NAMES.clear
    sign: _Tag = NAMES.sign
    nosign: _Tag = NAMES.nosign

    @pydantic.model_validator(mode="after")
    def _different(self) -> Self:
        if len({self.encrypt, self.clear, self.sign, self.nosign}) != 4:
            raise ValueError("must name four different tags")
        return self


class Sealing(_Settings):
    """How what is sealed looks; the defaults suit everybody."""

    header_protection: Annotated[
        Confidentiality,
        Field(
            description="What encrypting hides of the header section: the Subject, also names and time zone, nothing."
        ),
    ] = Confidentiality.BASELINE
    legacy_display: Annotated[
        bool, Field(description="Repeat a hidden Subject in the text, for programs that cannot show it otherwise.")
    ] = True
    autocrypt: Annotated[bool, Field(description="Send your public key along with every letter.")] = True
    prefer_encrypt: Annotated[
        bool, Field(description="Tell others with it that you prefer encrypted letters (prefer-encrypt=mutual).")
    ] = False


class Limits(_Settings):
    """How much at a time."""

    max_connections: Annotated[int, Field(ge=1, le=1000, description="To each server of a provider.")] = 8
    bcc_copies: Annotated[int, Field(ge=0, le=1000, description="Sealed copies for Bcc recipients of one message.")] = (
        20
    )
    held_octets: Annotated[int, Field(ge=1 << 20, description="Mail held in memory at a time, in octets.")] = 256 << 20


class Display(_Settings):
    """What is added to letters that were sealed or signed."""

    banner: Annotated[Banner, Field(description="Where the verdict is told: part (in front), subject, or off.")] = (
        Banner.PART
    )
    keep: Annotated[
        Keep, Field(description="attach: the sealed original hangs on, so that it can be proved again.")
    ] = Keep.NONE

    @pydantic.field_validator("banner", mode="before")
    @classmethod
    def _off(cls, given: object) -> object:
        # QUIRK: in YAML 1.1, which PyYAML reads, a bare off is the boolean.
        return Banner.OFF if given is False else given


class Config(_Settings):
    """The whole file."""

    providers: Annotated[dict[str, Provider], Field(min_length=1)]
    identities: tuple[Identity, ...] = ()
    policy: Policy = Policy()
    wish: Wish = Wish()
    state: Annotated[
        Path | None, Field(description="Folder of what is remembered; default: $XDG_STATE_HOME/ithaca.")
    ] = None
    display: Display = Display()
    sealing: Sealing = Sealing()
    limits: Limits = Limits()


def schema() -> dict[str, Any]:
    """The JSON schema of the file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}


# --- places ------------------------------------------------------------------------------------------


def default_path(environment: Mapping[str, str] = os.environ) -> Path:
    """``$XDG_CONFIG_HOME/ithaca/config.yaml``."""
    return _home(environment, "XDG_CONFIG_HOME", ".config") / "ithaca" / "config.yaml"


def keyrings_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """``$XDG_DATA_HOME/ithaca/keyrings``."""
    return _home(environment, "XDG_DATA_HOME", ".local/share") / "ithaca" / "keyrings"


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """``$XDG_STATE_HOME/ithaca``: what must be remembered, and the key of this installation."""
    return _home(environment, "XDG_STATE_HOME", ".local/state") / "ithaca"


def keyring_path(name: str, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of a keyring, by its name or its path."""
    path = Path(name).expanduser()
    return path if "/" in name else keyrings_folder(environment) / name


def _home(environment: Mapping[str, str], variable: str, default: str) -> Path:
    value = environment.get(variable, "")
    # XDG Base Directory Specification: a relative path is to be ignored.
    return Path(value) if value.startswith("/") else Path.home() / default


# --- reading -----------------------------------------------------------------------------------------


def load(path: Path) -> Config:
    """Read and check a file. Raises `ConfigError` with every problem in it."""
    try:
        octets = path.read_bytes()
        text = octets[:MOST_FILE].decode("utf-8")
    except OSError as error:
        what = f"cannot be read: {error.strerror}; see docs/config.example.yaml"
        raise ConfigError((Problem(str(path), None, "", what),)) from error
    except UnicodeDecodeError as error:
        raise ConfigError((Problem(str(path), None, "", "is not in UTF-8"),)) from error
    return parse(text, path)


def parse(text: str, path: Path) -> Config:
    """The settings in `text`, which stands in the file `path`. Raises `ConfigError`."""
    document = _Document(path)
    data = document.read(text)
    try:
        config = Config.model_validate(data)
    except pydantic.ValidationError as error:
        document.problems += [document.problem(*_plainly(e)) for e in error.errors()]
        raise ConfigError(document.sorted()) from None
    config = _resolved(config, path.parent)
    document.problems += [document.problem(key, what) for key, what in _contradictions(config)]
    if document.problems:
        raise ConfigError(document.sorted())
    return config


class _Document:
    """A YAML document with the line of every key."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[Key, int] = {}
        self.problems: list[Problem] = []

    def read(self, text: str) -> Any:
        try:
            loader = yaml.SafeLoader(text)
            node = loader.get_single_node()
            if node is None:
                raise ConfigError((Problem(str(self._path), None, "", "is empty; see docs/config.example.yaml"),))
            return self._value(loader, node, ())
        except yaml.MarkedYAMLError as error:
            line = None if error.problem_mark is None else error.problem_mark.line + 1
            what = f"is not well-formed YAML: {error.problem or error.context}"
            raise ConfigError((Problem(str(self._path), line, "", what),)) from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise ConfigError((Problem(str(self._path), None, "", "is not well-formed YAML"),)) from error

    def _value(self, loader: yaml.SafeLoader, node: yaml.Node, key: Key) -> Any:
        self._lines.setdefault(key, node.start_mark.line + 1)
        if len(key) > MOST_DEPTH:
            raise ValueError("nested too deeply")
        if isinstance(node, yaml.SequenceNode):
            return [self._value(loader, child, (*key, n)) for n, child in enumerate(node.value)]
        if not isinstance(node, yaml.MappingNode):
            return loader.construct_object(node)
        found: dict[str, Any] = {}
        for name_node, child in node.value:
            name = str(loader.construct_object(name_node, deep=True))
            self._lines[(*key, name)] = name_node.start_mark.line + 1
            if name in found:
                self.problems.append(self.problem((*key, name), "stands here for the second time"))
            found[name] = self._value(loader, child, (*key, name))
        return found

    def problem(self, key: Key, what: str) -> Problem:
        """A problem with the line of its key, or of the nearest key around it."""
        near = key
        while near not in self._lines and near:
            near = near[:-1]
        return Problem(str(self._path), self._lines.get(near), _dotted(key), what)

    def sorted(self) -> tuple[Problem, ...]:
        return tuple(sorted(self.problems, key=lambda p: (p.line or 0, p.key)))


def _dotted(key: Key) -> str:
    out = ""
    for part in key:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else part
    return out


_PLAINLY = {
    "missing": "is missing",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "path_type": "must be a path",
    "dict_type": "must be a group of settings; see docs/config.example.yaml",
    "model_type": "must be a group of settings; see docs/config.example.yaml",
    "model_attributes_type": "must be a group of settings; see docs/config.example.yaml",
    "tuple_type": "must be a list",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "literal_error": "can only be {expected}",
    "enum": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_pattern_mismatch": "has not the form that is wanted here",
}


def _plainly(error: Any) -> tuple[Key, str]:
    """(key, words) of one error of pydantic."""
    key: Key = tuple(error["loc"])
    if error["type"] == "extra_forbidden":
        return key, _unknown(key)
    if error["type"] == "value_error":
        return key, str(error["ctx"]["error"])
    template = _PLAINLY.get(error["type"], "cannot be understood")
    return key, template.format(**error.get("ctx", {})).replace("'", "")


def _unknown(key: Key) -> str:
    model: Any = Config
    for part in key[:-1]:
        model = _inside(model, part)
    names = list(model.model_fields) if model is not None else []
    near = difflib.get_close_matches(str(key[-1]), names, 1)
    return (
        f"is no known setting; did you mean '{near[0]}'?"
        if near
        else f"is no known setting; known are {', '.join(names)}"
    )


def _inside(model: Any, part: str | int) -> Any:
    """The model behind a key, for what can stand in a configuration."""
    named = {"providers": Provider, "identities": Identity, "rules": Rule}
    if model is None or isinstance(part, int) or (model is Provider and part not in Provider.model_fields):
        return model
    if part in named:
        return named[part]
    field = getattr(model, "model_fields", {}).get(part)
    annotation = getattr(field, "annotation", None)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return model


def _resolved(config: Config, folder: Path) -> Config:
    """Paths made absolute, from the folder of the file; default ports filled in."""

    def place(path: Path | None) -> Path | None:
        return None if path is None else folder / path.expanduser()

    def server(kind: str, given: Server) -> Server:
        tls = given.tls or (Tls.STARTTLS if kind == "smtp" else Tls.IMPLICIT)
        port = _DEFAULT_PORTS[kind, tls] if given.port is None else given.port
        return given.model_copy(update={"tls": tls, "port": port, "ca_file": place(given.ca_file)})

    def provider(given: Provider) -> Provider:
        files_of = {
            "certificate": place(given.listen.certificate),
            "private_key": place(given.listen.private_key),
        }
        listen = given.listen.model_copy(update=files_of)
        return given.model_copy(
            update={"smtp": server("smtp", given.smtp), "pop3": server("pop3", given.pop3), "listen": listen}
        )

    def identity(given: Identity) -> Identity:
        passphrase = given.passphrase.model_copy(update={"file": place(given.passphrase.file)})
        key = None if given.key is None else given.key.replace(" ", "").upper()
        keyring = given.keyring if "/" not in given.keyring else str(place(Path(given.keyring)))
        return given.model_copy(
            update={
                "passphrase": passphrase,
                "key": key,
                "keyring": keyring,
                "login": given.login or given.address,
            }
        )

    return config.model_copy(
        update={
            "providers": {name: provider(p) for name, p in config.providers.items()},
            "identities": tuple(identity(i) for i in config.identities),
            "state": place(config.state),
        }
    )


# --- what no single value shows ----------------------------------------------------------------------


def _contradictions(config: Config) -> Iterator[tuple[Key, str]]:
    yield from _ports(config)
    for name, provider in config.providers.items():
        yield from _listening(("providers", name, "listen"), provider.listen)
        for kind in ("smtp", "pop3"):
            server: Server = getattr(provider, kind)
            if server.ca_file is not None:
                yield from _authorities(("providers", name, kind, "ca_file"), server.ca_file)
    seen: set[tuple[str, str]] = set()
    for number, identity in enumerate(config.identities):
        yield from _identity(("identities", number), identity, config)
        twin = (identity.provider, identity.address.lower())
        if twin in seen:
            yield ("identities", number, "address"), "stands here for the second time"
        seen.add(twin)


def _authorities(key: Key, path: Path) -> Iterator[tuple[Key, str]]:
    if not path.is_file():
        yield key, f"there is no file {path}"
        return
    try:
        tls.client_context(path)
    except tls.CertificateFileError as error:
        yield key, str(error)


def _ports(config: Config) -> Iterator[tuple[Key, str]]:
    """Every local port once; and no provider may be ourselves, which would relay in a circle."""
    taken: dict[int, str] = {}
    for name, provider in config.providers.items():
        for kind in ("smtp_port", "pop3_port"):
            port: int = getattr(provider.listen, kind)
            if port and port in taken:
                yield ("providers", name, "listen", kind), f"port {port} is taken by {taken[port]} already"
            taken.setdefault(port, f"{name}.{kind}")
    for name, provider in config.providers.items():
        for protocol in ("smtp", "pop3"):
            server: Server = getattr(provider, protocol)
            if server.port in taken and _is_this_machine(server.host):
                yield ("providers", name, protocol), f"port {server.port} of {server.host} is Ithaca's own"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") in ("localhost", "localhost.localdomain", "ip6-localhost")


def _listening(key: Key, listen: Listen) -> Iterator[tuple[Key, str]]:
    try:
        loopback = listen.is_loopback
    except ValueError:
        yield (*key, "address"), "must be loopback or an IP address"
        return
    if not loopback and listen.tls is Tls.NONE:
        yield (*key, "address"), "beyond loopback TLS is needed: set tls, certificate and private_key"
    for name in ("certificate", "private_key"):
        path: Path | None = getattr(listen, name)
        if listen.tls is not Tls.NONE and path is None:
            yield (*key, name), "is missing, and tls needs it"
        elif path is not None and not path.is_file():
            yield (*key, name), f"there is no file {path}"


def _identity(key: Key, identity: Identity, config: Config) -> Iterator[tuple[Key, str]]:
    if address.addr_spec(identity.address) is None:
        yield (*key, "address"), "is no mail address"
    if identity.provider not in config.providers:
        yield (
            (*key, "provider"),
            f"there is no provider '{identity.provider}'; there are {', '.join(config.providers)}",
        )
    folder = keyring_path(identity.keyring)
    if not folder.is_dir():
        yield (
            (*key, "keyring"),
            f"there is no keyring {folder}; make one with: "
            f"ithaca key generate --keyring {identity.keyring} --address {identity.address}",
        )
    # RFC 9580 §5.5.4: of version 4 and of version 6.
    if identity.key is not None and (len(identity.key) not in (40, 64) or set(identity.key) - set("0123456789ABCDEF")):
        yield (*key, "key"), "is no fingerprint of 40 or 64 hexadecimal digits"
    wrong = None if identity.phrase is None else phrase.refused(identity.phrase)
    if wrong is not None:
        yield (*key, "phrase"), wrong
    if identity.passphrase.file is not None:
        try:
            files.require_private(identity.passphrase.file)
        except FileError as error:
            yield (*key, "passphrase", "file"), str(error)


# --- in plain words ----------------------------------------------------------------------------------

_TLS_WORDS = {
    Tls.STARTTLS: "encrypted after STARTTLS, certificate checked",
    Tls.IMPLICIT: "encrypted from the start, certificate checked",
    Tls.NONE: "NOT encrypted: passwords and addresses can be read on the way",
}


def describe(config: Config) -> str:
    """What a file means, in plain words."""
    lines: list[str] = []
    for name, p in config.providers.items():
        where = "127.0.0.1 and ::1" if p.listen.address == "loopback" else p.listen.address
        lines += [
            f"Provider {name}",
            f"  mail programs send to {where} port {p.listen.smtp_port}",
            f"  from there it goes to {_server(p.smtp)}",
            f"  mail programs fetch from {where} port {p.listen.pop3_port}",
            f"  there it comes from {_server(p.pop3)}",
        ]
    for identity in config.identities:
        sign = identity.policy.sign or config.policy.sign
        encrypt = identity.policy.encrypt or config.policy.encrypt
        sign_format = identity.policy.sign_format or config.policy.sign_format
        lines += [
            f"Identity {identity.address}",
            f"  for who logs in to {identity.provider} as {identity.login}; keyring {keyring_path(identity.keyring)}",
            f"  {_SIGN_WORDS[sign]}; {_ENCRYPT_WORDS[encrypt]}",
            f"  {_FORMAT_WORDS[sign_format]}",
        ]
    for rule in config.policy.rules:
        words = [_SIGN_WORDS[rule.sign]] if rule.sign else []
        words += [_ENCRYPT_WORDS[rule.encrypt]] if rule.encrypt else []
        words += [_FORMAT_WORDS[rule.sign_format]] if rule.sign_format else []
        lines.append(f"Mail to {rule.match}: {'; '.join(words) or 'nothing differs'}")
    tags = config.wish
    lines += [
        f"Tags in a subject: [{tags.encrypt}], [{tags.sign}] anywhere; [{tags.clear}], [{tags.nosign}] at its start",
        f"What is remembered of letters stands in {config.state or state_folder()}",
    ]
    if config.identities:
        lines += _sealing(config.sealing)
        lines.append(f"Letters that were sealed or signed: {_BANNER_WORDS[config.display.banner]}")
    else:
        lines.append("No identity: mail passes as it is, nothing is signed, encrypted or opened.")
    return "\n".join(lines)


def _server(server: Server) -> str:
    return f"{server.host} port {server.port}, {_TLS_WORDS[server.tls or Tls.NONE]}"


_BANNER_WORDS = {
    Banner.PART: "what was proved stands in front of them",
    Banner.SUBJECT: "what was proved is marked in their Subject",
    Banner.OFF: "what was proved stands in a field that mail programs hide",
}


def _sealing(sealing: Sealing) -> list[str]:
    key = "your public key goes with every letter" if sealing.autocrypt else "no public key goes with letters"
    preference = ", and says that you prefer encryption" if sealing.autocrypt and sealing.prefer_encrypt else ""
    legacy = "; what is hidden is repeated in the text" if sealing.legacy_display else ""
    return [
        f"Encrypted letters: {_HIDING_WORDS[sealing.header_protection]}{legacy}",
        f"Autocrypt: {key}{preference}",
    ]


_HIDING_WORDS = {
    Confidentiality.BASELINE: "the subject is hidden",
    Confidentiality.SHY: "the subject, the names beside addresses and the time zone are hidden",
    Confidentiality.NONE: "the subject is NOT hidden",
}
_SIGN_WORDS = {
    Sign.ALWAYS: "every message is signed",
    Sign.WHEN_ENCRYPTING: "a message is signed when it is encrypted",
    Sign.NEVER: "nothing is signed",
}
_ENCRYPT_WORDS = {
    Encrypt.ALWAYS: "a message is sent encrypted or not at all",
    Encrypt.WHEN_POSSIBLE: "a message is encrypted when every recipient has a key that serves (docs/sending.md)",
    Encrypt.NEVER: "nothing is encrypted",
}
_FORMAT_WORDS = {
    SignFormat.AUTO: "a signature in clear is attached for people who use OpenPGP, and unobtrusive for others",
    SignFormat.ATTACHED: "a signature in clear is attached, as a part of its own",
    SignFormat.UNOBTRUSIVE: "a signature in clear is unobtrusive, in a field that only programs look at",
}
