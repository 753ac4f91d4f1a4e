"""How the readers' page looks: its templates, filled in with the words of a language, and its headers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from digest import localisation
from digest.config import Config
from digest.readers.page_choices import Choices
from digest.readers.page_words import page_words
from digest.templates import environment
from digest.unsubscribe import Answer, isolated, page_headers, style_of

SHEET = "readers.css"


class Mistakes(Struct, frozen=True):
    """What is said of the fields of a form; nothing of those that are right."""

    address: str = ""
    consent: str = ""


NO_MISTAKES = Mistakes()


class View:
    """The pages of a site in a language."""

    def __init__(self, config: Config, language: str) -> None:
        self.language = language
        self.words = page_words(language)
        self.common = localisation.words(language)
        self._config = config
        self.title = title_of(config)

    def text(self, template: str) -> str:
        """Return a sentence with the title of the site."""
        return template.replace("{title}", isolated(self.title, self.language))

    @property
    def consent(self) -> str:
        """What a reader agrees to."""
        return self._config.readers.consent or self.text(self.words.consent)

    def message(
        self,
        message: str,
        *,
        status: int = 200,
        heading: str = "",
        role: str = "",
        button: str = "",
        do: str = "",
        links: Mapping[str, str] = {},
        headers: Mapping[str, str] = {},
    ) -> Answer:
        """Return a page with one sentence, at most one button, which says what to `do`, and links by their words."""
        return self._answer(
            "readers-message.html.jinja",
            status,
            headers,
            heading=heading or self.title,
            message=message,
            role=role,
            button=button,
            do=do,
            links=links,
        )

    def bad_link(self, status: int = 400) -> Answer:
        """Return what is said to a link that is not ours, or no longer."""
        return self.message(self.common.bad_link, status=status, role="alert")

    def failure(self, status: int, retry_after: int = 0) -> Answer:
        """Return what is said when something does not work."""
        headers = {"Retry-After": str(retry_after)} if retry_after else {}
        return self.message(self.common.try_again, status=status, role="alert", headers=headers)

    def subscribe(
        self, choices: Choices, address: str = "", mistakes: Mistakes = NO_MISTAKES, *, agrees: bool = False
    ) -> Answer:
        """Return the form to subscribe."""
        return self._answer(
            "readers-subscribe.html.jinja",
            200 if mistakes == NO_MISTAKES else 400,
            {},
            heading=self.common.subscribe,
            choices=choices,
            address=address,
            consent=self.consent,
            agrees=agrees,
            mistakes=mistakes,
        )

    def preferences(self, choices: Choices, *, leave: str, saved: bool) -> Answer:
        """Return the form to change what a reader gets; `leave` is the address of her page to unsubscribe."""
        return self._answer(
            "readers-preferences.html.jinja",
            200,
            {},
            heading=self.common.preferences,
            choices=choices,
            leave=leave,
            saved=saved,
        )

    def _answer(self, template: str, status: int, headers: Mapping[str, str], **values: Any) -> Answer:
        style = style_of(self._config, SHEET)
        html = (
            environment(self._config.own_templates)
            .get_template(template)
            .render(
                language=self.language,
                direction=localisation.direction(self.language),
                title=self.title,
                words=self.words,
                common=self.common,
                style=style,
                **values,
            )
        )
        return Answer(status, {**page_headers(style), **headers}, html.encode())


def data_answer(data: Mapping[str, Any]) -> Answer:
    """Return what is kept of a reader as a file."""
    headers = {
        **page_headers(""),
        "Content-Type": "application/json",
        "Content-Disposition": 'attachment; filename="data.json"',
    }
    return Answer(200, headers, msgspec.json.format(msgspec.json.encode(data), indent=2))


def title_of(config: Config) -> str:
    """Return the title of a site; its host when it has none."""
    return config.site.title or urlsplit(config.site.url).hostname or ""
