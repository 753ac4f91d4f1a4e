"""The tokens of unsubscribe links: HMAC-SHA256 over a digest and an address, without the address in clear.

A token is 64 hexadecimal digits: 32 that name the reader, and 32 that prove that the link is ours. Who holds the secret
can check a token without a list of addresses, and nobody can tell from one whose address it stands for.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from digest.problems import ConfigError

LENGTH = 64
SECRET = "DIGEST_SECRET"  # noqa: S105 - the name of an environment variable
_HALF = LENGTH // 2
_LONGEST_LABEL = 63  # octets of a part of a domain (RFC 1035)
_SHORTEST_SECRET = 16  # characters


def to_ascii_domain(domain: str) -> str:
    """Return a domain in small letters with its labels in ASCII (IDNA 2008 after UTS 46).

    Raises `ValueError` for one that cannot be the domain of an address.
    """
    if not domain.isascii():
        import idna

        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(str(error)) from error
    labels = domain.lower().split(".")
    if not all(map(_is_label, labels)):
        raise ValueError("each part of one has letters, digits and hyphens within")
    return ".".join(labels)


def _is_label(label: str) -> bool:
    has_no_edge = not label.startswith("-") and not label.endswith("-")
    return 0 < len(label) <= _LONGEST_LABEL and has_no_edge and label.replace("-", "").isalnum()


def normal_address(address: str) -> str:
    """Return an address as it is compared: in small letters, its domain in ASCII."""
    local, _, domain = address.strip().rpartition("@")
    try:
        domain = to_ascii_domain(domain)
    except ValueError:
        domain = domain.lower()
    return f"{local.lower()}@{domain}"


def read_secrets(environment: str = SECRET) -> tuple[str, ...]:
    """Return the secrets behind unsubscribe links: the first makes new links, links of the others stay valid.

    They stand in an environment variable, separated by white space, or in the file that the variable of the same name
    with `_FILE` behind it names. Raises `ConfigError` when there is none, and for one that could be guessed.
    """
    given = os.environ.get(environment, "")
    if not given and (file := os.environ.get(f"{environment}_FILE")):
        try:
            given = Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{environment}_FILE: {file} cannot be read") from error
    secrets = tuple(given.split())
    if not secrets:
        raise ConfigError(
            f"{environment} is not set: unsubscribe links need a secret; make one with `openssl rand -hex 32`"
        )
    if any(len(secret) < _SHORTEST_SECRET for secret in secrets):
        raise ConfigError(f"{environment} is shorter than {_SHORTEST_SECRET} characters: it could be guessed")
    return secrets


def reader_id(secret: str, digest: str, address: str) -> str:
    """Return the 32 hexadecimal digits that stand for a reader of a digest."""
    return _hmac(secret, "reader", digest, normal_address(address))


def token(secret: str, digest: str, address: str) -> str:
    """Return the token of a reader's unsubscribe link."""
    reader = reader_id(secret, digest, address)
    return reader + _hmac(secret, "unsubscribe", digest, reader)


def page_of(unsubscribe: str) -> str:
    """Return the web address among the addresses of `unsubscribe`, the setting of a digest; empty without one."""
    ways = unsubscribe.replace(",", " ").split()
    return next((way for way in ways if way.startswith(("http://", "https://"))), "")


def link(page: str, secret: str, digest: str, address: str) -> str:
    """Return a reader's unsubscribe link; `page` is the address of the page."""
    return link_with(page, digest, token(secret, digest, address))


def link_with(page: str, digest: str, token: str) -> str:
    """Return the unsubscribe link with a token; `page` may have a query, and no fragment."""
    mark = "&" if urlsplit(page).query else "?"
    return f"{page.rstrip('?&')}{mark}{urlencode({'digest': digest, 'token': token})}"


def reader_of(token: str, digest: str, secrets: Sequence[str]) -> str:
    """Return the id of the reader that a valid token names; empty for any other text."""
    reader, proof = token[:_HALF].lower(), token[_HALF:].lower()
    found = ""
    for secret in secrets:  # all of them, so that the time taken does not tell which one it was
        expected = _hmac(secret, "unsubscribe", digest, reader)
        if hmac.compare_digest(expected.encode(), proof.encode()):
            found = reader
    return found


def _hmac(secret: str, purpose: str, digest: str, value: str) -> str:
    message = f"{purpose}\n{digest}\n{value}"
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()[:_HALF]
