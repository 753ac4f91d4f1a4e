"""The tokens in the links of a reader's letters: her number, and a proof that the link is ours.

A token is good for one purpose alone. One that unsubscribes never dies; one for preferences, or that confirms an
address, dies when its reader leaves, since her epoch is another then. There is no address in a token.
"""

import hmac
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

Purpose = Literal["unsubscribe", "preferences", "confirm"]

LENGTH = 48  # hexadecimal digits: 16 of the number, 32 of the proof
_NUMBER = 16
_LARGEST = 2**63
_FOREVER = 0  # the epoch of tokens that never die


class Token(Struct, frozen=True):
    """A token as it was read: the number of a reader, and the proof that is to be checked."""

    reader: int
    proof: str


def make_token(secret: str, purpose: Purpose, reader: int, epoch: int) -> str:
    """Return a token of a reader, whose epoch is that of her row in the database."""
    return f"{reader:0{_NUMBER}x}{_proof(secret, purpose, reader, epoch)}"


def read_token(text: str) -> Token | None:
    """Return what a token says, unproved; None for a text that is none."""
    digits = text.lower()
    if len(digits) != LENGTH or not all(digit in "0123456789abcdef" for digit in digits):
        return None
    number = int(digits[:_NUMBER], 16)
    return Token(number, digits[_NUMBER:]) if number < _LARGEST else None


def is_proved(token: Token, purpose: Purpose, epoch: int, secrets: Sequence[str]) -> bool:
    """Return whether a token is ours, for this purpose and a reader of this epoch; the time taken tells nothing."""
    proofs = [_proof(secret, purpose, token.reader, epoch) for secret in secrets]
    return any([hmac.compare_digest(proof, token.proof) for proof in proofs])  # noqa: C419 - all are compared


def address_mark(secret: str, address: str) -> str:
    """Return what stands for an address, in its normal form, in the list of suppressed ones."""
    return _hmac(secret, f"suppressed\n{address}")


def _proof(secret: str, purpose: Purpose, reader: int, epoch: int) -> str:
    in_force = _FOREVER if purpose == "unsubscribe" else epoch
    return _hmac(secret, f"{purpose}\n{reader}\n{in_force}")


def _hmac(secret: str, text: str) -> str:
    return hmac.digest(secret.encode(), f"readers\n{text}".encode(), "sha256").hex()[:32]
