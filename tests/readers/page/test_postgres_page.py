"""The page with its readers in PostgreSQL."""

from pathlib import Path

import pytest

from tests.mail_server import Inbox
from tests.readers.page.site import Readers, application, links_in, page_of, wait_for


@pytest.mark.usefixtures("database_of_its_own")
def test_a_reader_subscribes_chooses_and_is_forgotten(readers_site: Path, inbox: Inbox) -> None:
    toml = readers_site / "digest.toml"
    toml.write_text(toml.read_text().replace("[readers]", '[readers]\ndatabase_env = "READERS_DATABASE"'))
    readers = Readers(readers_site)
    with page_of(readers_site) as page:
        for _ in range(2):
            page.post("/subscribe", data=application("Ann@example.org", tag=["news"]))
        wait_for(inbox, 1)
        (confirm,) = links_in(inbox, "Ann@example.org")
        answer = page.post(confirm)
        preferences = answer.text.partition('href="..')[2].partition('"')[0]
        assert page.post(preferences, data={"do": "save", "tag": ["local\x00", "tools"]}).status_code == 200
        assert readers.by("ann@example.org").tags == "tools"
        ann = readers.by("ann@example.org")
        assert '"consent"' in page.post(preferences, data={"do": "export"}).text
        assert page.post(preferences, data={"do": "forget"}).status_code == 200
        assert page.get(confirm).status_code == 400
    assert readers.by(ann).address is None
    assert inbox.readers == ["Ann@example.org"]
