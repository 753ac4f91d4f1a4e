"""What the documentation says of the readers' page: the values of its templates, and its limits."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import jinja2
import pytest

from tests.docs.pages import DOCS, codes, rows, section
from tests.mail_server import Inbox
from tests.readers.page.site import Readers, application, link, page_of, wait_for


def test_every_value_of_a_template_is_named(readers_site: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    render = jinja2.Template.render

    def recording(self: jinja2.Template, *given: Any, **named: Any) -> str:
        found[str(self.name)] |= set(dict(*given, **named))
        return render(self, *given, **named)

    monkeypatch.setattr(jinja2.Template, "render", recording)
    ann = Readers(readers_site).add()
    with page_of(readers_site) as page:
        page.post("/subscribe", data=application("bob@example.org"))
        page.get("/subscribe")
        page.get(link(ann, "preferences"))
        wait_for(inbox, 1)
    text = section(DOCS / "templates.md", "## `readers.html.jinja`")
    named = {name for row in rows(text) for name in codes(row[0])}
    pages = {name: values for name, values in found.items() if name.startswith("readers") and name != "readers.css"}
    assert set(pages) == {"readers-message.html.jinja", "readers-subscribe.html.jinja", "readers-preferences.html.jinja",
                          "readers-mail.html.jinja", "readers-mail.txt.jinja"}  # fmt: skip
    assert named == set().union(*pages.values())
    assert found["readers.css"] <= set(codes(text))
