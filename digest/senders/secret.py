"""Secrets: read from the environment or a file when they are needed, and hidden in everything that is shown."""

import base64
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import msgspec

from digest.config import Config, SenderSettings
from digest.config.checks import Fault
from digest.config.located import locate
from digest.config.senders import ENV, FILE
from digest.problems import ConfigError

HIDDEN = "***"
SHORTEST = 4  # characters of a secret that is looked for in texts; a shorter one would hide common words


class Secret:
    """A secret. Its text is had by `reveal` alone: `str`, `repr` and formatting hide it."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself, for the one place that needs it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")

    def spellings(self) -> Iterable[str]:
        """Return the forms in which it may appear in an error: as it is, quoted for an address, in Base64."""
        value = self._value
        return {value, quote(value), quote(value, safe=""), base64.b64encode(value.encode()).decode()}


class Secrets:
    """The secrets of one sender, by the names of its kind's fields: `password` for `password_env` and `password_file`.

    Each is read on its first use. In a rehearsal every secret is `***`, and none is read.
    """

    def __init__(self, config: Config, name: str, *, rehearsal: bool = False) -> None:
        self.root = config.root  # the site's folder, which the paths in settings are relative to
        self._config = config
        self._name = name
        self._rehearsal = rehearsal
        self._read: dict[str, Secret] = {}
        self._also_hidden: list[Secret] = []

    def get(self, secret: str, *, required: bool = True) -> Secret:
        """Return a secret; an empty one when it is set nowhere and not `required`, else raise `ConfigError`."""
        if self._rehearsal:
            return Secret(HIDDEN)
        if secret not in self._read:
            self._read[secret] = Secret(self._value(secret))
        found = self._read[secret]
        if required and not found:
            raise self._missing(secret)
        return found

    def hide_too(self, value: str) -> Secret:
        """Return a value that was made of secrets, such as an authorisation header, as one more to hide."""
        made = Secret(value)
        self._also_hidden.append(made)
        return made

    def redact(self, text: str) -> str:
        """Return a text without the secrets that were read so far."""
        for secret in (*self._read.values(), *self._also_hidden):
            for spelling in sorted(secret.spellings(), key=len, reverse=True):
                if len(spelling) >= SHORTEST:
                    text = text.replace(spelling, HIDDEN)
        return text

    def _value(self, secret: str) -> str:
        settings = self._config.senders[self._name]
        file = getattr(settings, f"{secret}{FILE}")
        if not file:
            variable = getattr(settings, f"{secret}{ENV}")
            return os.environ.get(variable, "").strip() if variable else ""
        try:
            return (self._config.root / Path(file).expanduser()).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            raise self._error(f"{secret}{FILE}", f"the file that it names cannot be read: {reason}") from None

    def _missing(self, secret: str) -> ConfigError:
        settings: SenderSettings = self._config.senders[self._name]
        if getattr(settings, f"{secret}{FILE}"):
            return self._error(f"{secret}{FILE}", "the file that it names is empty")
        variable = getattr(settings, f"{secret}{ENV}")
        is_default = variable == _default(settings, f"{secret}{ENV}")
        # What is written there may be the secret itself, so only a default is shown.
        named = f"the environment variable {variable}" if is_default else "the environment variable that it names"
        return self._error(f"{secret}{ENV}", f"{named} is not set")

    def _error(self, key: str, message: str) -> ConfigError:
        hint = "set it for this run, or name a file that holds the secret with " + key.removesuffix(ENV) + FILE
        fault = Fault(("senders", self._name, key), "secret", message, "" if key.endswith(FILE) else hint)
        problems = list(locate(self._config, [fault], "error"))
        return ConfigError("\n".join(map(str, problems)), problems)


def _default(settings: SenderSettings, name: str) -> object:
    return next(field.default for field in msgspec.structs.fields(settings) if field.name == name)
