"""The page that lists the published editions of a digest."""

from collections.abc import Sequence

import msgspec

from digest.archive.manifest import Manifest
from digest.config import Config


def make_page(config: Config, digest: str, editions: Sequence[Manifest]) -> bytes:
    """Return the HTML page `editions/DIGEST/index.html` that lists `editions`, newest first."""
    from digest.emails import unescape_header
    from digest.feeds import FILES, MEDIA_TYPES
    from digest.localisation import direction, span
    from digest.templates import environment

    language = config.digests[digest].language or config.site.language
    zone = config.digest_zone(digest)
    rows = [
        {
            "url": manifest.archive_url,
            "subject": unescape_header(manifest.subject),
            "period": span(manifest.window.start, manifest.window.end, zone, language),
            "posts": [msgspec.structs.replace(post, date=post.date.astimezone(zone)) for post in manifest.posts],
        }
        for manifest in sorted(editions, key=lambda manifest: manifest.window.end, reverse=True)
    ]
    template = environment(config.own_templates).get_template("editions.html.jinja")
    html = template.render(
        digest=config.digests[digest],
        name=digest,
        site=config.site,
        language=language,
        direction=direction(language),
        theme=config.theme,
        feeds=[{"type": MEDIA_TYPES[form], "url": FILES[form]} for form in config.feeds.formats],
        editions=rows,
    )
    return html.encode("utf-8")
