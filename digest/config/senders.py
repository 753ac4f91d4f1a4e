"""The tables `[senders.NAME]`: which kinds of sender there are, and what is wrong in a table.

A kind is a class in a module of its own, which is imported when a table names it: those of `digest.senders`, and those
that other packages register in the entry-point group `digest.senders`.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from digest.problems import did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "digest.senders"
BUILT_IN = {  # kind: "module:class"; pyproject.toml has the same as entry points
    "brevo": "digest.senders.brevo:Brevo",
    "buttondown": "digest.senders.buttondown:Buttondown",
    "command": "digest.senders.command:Command",
    "listmonk": "digest.senders.listmonk:Listmonk",
    "mailchimp": "digest.senders.mailchimp:Mailchimp",
    "mailman": "digest.senders.mailman:Mailman",
    "resend": "digest.senders.resend:Resend",
    "ses": "digest.senders.ses:Ses",
    "smtp": "digest.senders.smtp:OneByOne",
    "smtp-list": "digest.senders.smtp:ToList",
}
ENV, FILE = "_env", "_file"  # endings of the keys that name where a secret is


class SenderSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings that all kinds of sender share; a kind adds its own fields.

    A secret `x` is two fields: `x_env` names an environment variable and `x_file` a file; the file goes first.
    """

    kind: str
    on_doubt: Literal["ask", "repeat", "skip"] = "ask"  # when nobody knows whether an edition went out
    draft_only: bool = False  # stop at the draft, which is then released by hand

    def filled_in_by(self) -> str:
        """Return the provider that fills in the parts for each reader, one of `ProviderName`."""
        return "plain"


def sender_kinds() -> "dict[str, EntryPoint | None]":
    """Return the known kinds, sorted; None for those of this program."""
    from importlib.metadata import entry_points

    others = {point.name: point for point in entry_points(group=GROUP)}
    return dict(sorted({**others, **dict.fromkeys(BUILT_IN)}.items()))


def sender_class(kind: str) -> Callable[..., Any]:
    """Return the class of a kind. Raises `KeyError` for an unknown one, and whatever importing a package raises."""
    if kind in BUILT_IN:
        module, _, name = BUILT_IN[kind].partition(":")
        found: Callable[..., Any] = getattr(import_module(module), name)
        return found
    point = sender_kinds()[kind]
    loaded: Callable[..., Any] = point.load() if point else sender_class(kind)
    return loaded


def settings_type(kind: str) -> type[SenderSettings]:
    """Return the struct of the tables of a kind. Raises as `sender_class` does."""
    settings: type[SenderSettings] = sender_class(kind).settings_type  # type: ignore[attr-defined]
    return settings


def read_senders(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, SenderSettings]:
    """Return checked tables `[senders.NAME]` as the structs of their kinds."""
    return {name: msgspec.convert(table, settings_type(table["kind"])) for name, table in tables.items()}


def kind_mistake(kind: object) -> tuple[str, str]:
    """Return what is wrong with a `kind`, and a hint; empty when nothing is."""
    known = sender_kinds()
    if not isinstance(kind, str) or kind not in known:
        hint = did_you_mean(str(kind), known) or "known: " + ", ".join(known)
        return "no kind of sender has this name", hint
    try:
        settings_type(kind)
    except Exception as error:
        return f"its package cannot be loaded: {type(error).__name__}: {error}", "install it again, or remove the table"
    return "", ""


def secrets_of(settings: type[SenderSettings]) -> tuple[str, ...]:
    """Return the names of the secrets that a kind takes."""
    fields = settings.__struct_fields__
    names = (field.removesuffix(ENV) for field in fields if field.endswith(ENV))
    return tuple(name for name in names if f"{name}{FILE}" in fields)


def secret_mistakes(table: Mapping[str, object], settings: type[SenderSettings]) -> Iterator[tuple[str, str, str]]:
    """Yield key, message and hint of each secret that is written into a table; no message has its value."""
    for secret in secrets_of(settings):
        if secret in table:
            message = "a secret does not belong in this file"
            yield secret, message, f'write {secret}{ENV} = "NAME", and the secret into that environment variable'
        variable = table.get(f"{secret}{ENV}", "")
        if isinstance(variable, str) and variable and not (variable.isascii() and variable.isidentifier()):
            message = "this is no name of an environment variable"
            yield f"{secret}{ENV}", message, f'write its name, such as "DIGEST_{secret.upper()}", never the secret'
