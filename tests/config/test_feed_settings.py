"""What can be wrong in `[feeds]`, its podcasts and templates, and in what pages say of the author."""

import pytest

from digest.config import parse_config
from digest.problems import ConfigError
from tests.reading_samples import config_of


@pytest.mark.parametrize(
    ("text", "line", "code", "hint"),
    [
        ('[site.author]\nfediverse = "mara"\n', 2, "fediverse", "@mara@mastodon.example"),
        ('[site.author]\nfediverse = "@mara@masto .example"\n', 2, "fediverse", ""),
        ('[site.author]\nprofiles = ["https://a.example/", "masto.example/@mara"]\n', 2, "url", "https"),
        ('[feeds]\nlicense = "CC BY 4.0"\n', 2, "url", "https"),
        ('[feeds]\ncategory_scheme = "tags"\n', 2, "url", "https"),
        ('[feeds]\ncomments = "https://talk.example/"\n', 2, "comments", "{url}#comments"),
        ('[feeds]\ncomments = "{urk}#x"\n', 2, "comments", 'did you mean "url"?'),
        ('[feeds]\ncomments = "/talk/{slug}"\n', 2, "comments", "{url}#comments"),
        ('[feeds]\nupdate_period = "daily"\nupdate_frequency = 0\n', 3, "wrong-type", ""),
        ('[feeds.podcast]\nguid = "9b024349"\n', 2, "guid", "9b024349-ccf0"),
        ('[feeds.podcast]\nimage = "/show.svg"\n', 2, "image", ""),
        ('[feeds.podcast]\nmedium = "podcats"\n', 2, "medium", 'did you mean "podcast"?'),
        ('[feeds.podcast]\nfunding_url = "paypal"\n', 2, "url", ""),
        ('[[feeds.podcast.people]]\nname = " "\n', 2, "name", ""),
        ('[[feeds.podcast.people]]\nname = "Ann"\nurl = "ann"\n', 3, "url", ""),
        ('[feeds.extra.x]\ntitle = "X"\n[feeds.extra.x.podcast]\nmoved_to = "x"\n', 4, "url", ""),
        ('[feeds.extra.x]\ntitle = "X"\ntemplate = "news.xml"\n', 3, "template", "news.xml.jinja"),
        ('[feeds.extra.x]\ntitle = "X"\ntemplate = "../news.xml.jinja"\n', 3, "template", "news.xml.jinja"),
        ('[feeds.extra.x]\ntitle = "X"\nformats = ["rss"]\ntemplate = "feed.xml.jinja"\n', 4, "template", "another"),
        ('[feeds.extra.x]\ntitle = "X"\ntemplate_type = "rss"\n', 3, "template", "add template"),
    ],
)
def test_a_value_that_can_not_work_is_named(text: str, line: int, code: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, config_of().root)
    (problem,) = caught.value.problems
    assert (problem.line, problem.code) == (line, code), str(problem)
    assert hint in problem.hint


def test_values_that_work_are_taken() -> None:
    config = parse_config(
        """
        [site.author]
        fediverse = "@mara@masto.example"
        profiles = ["https://masto.example/@mara"]
        [feeds]
        license = "https://creativecommons.org/licenses/by/4.0/"
        comments = "https://talk.example/{slug}"
        [feeds.podcast]
        guid = "9B024349-ccf0-5f69-a609-6b82873eab3c"
        medium = "musicL"
        [feeds.extra.x]
        title = "X"
        template = "own/news.xml.jinja"
        """,
        config_of().root,
    )
    assert config.feeds.podcast.is_described
    assert not config.feeds.extra["x"].podcast.is_described
