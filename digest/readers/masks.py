"""The stories of a run as bits, and what a reader wants as a mask of them: an integer with the bits of her stories."""

from bisect import bisect_left
from collections.abc import Sequence

from digest.collector.post import tag_key
from digest.collector.select import speaks
from digest.readers.stories import Story
from digest.readers.wishes import ALL, sign_and_tag


class Masks:
    """The masks of tag expressions, languages and moments over `stories`; the n-th story is the bit `1 << n`."""

    def __init__(self, stories: Sequence[Story]) -> None:
        self._stories = stories
        self.everything = (1 << len(stories)) - 1
        self._with_tag: dict[str, int] = {}
        for number, story in enumerate(stories):
            for tag in story.post.tags:
                key = tag_key(tag)
                self._with_tag[key] = self._with_tag.get(key, 0) | 1 << number
        self._lines: dict[str, tuple[str, int]] = {}  # of expressions, which many readers share
        self._languages: dict[str, int] = {"": self.everything}
        self._moments = sorted({story.appeared for story in stories})
        self._from_moment = [self._appeared_from(moment) for moment in [*self._moments, float("inf")]]

    def of_tags(self, kept: str) -> int:
        """Return the stories that a tag expression takes, as a reader's is kept."""
        if not kept:
            return self.everything
        chosen, needed, unwanted = 0, self.everything, 0
        is_open = True  # no tag is chosen that a story may have
        for line in kept.split("\n"):
            sign, mask = self._lines.get(line) or self._read(line)
            if not sign:
                chosen |= mask
                is_open = False
            elif sign == ALL:
                needed &= mask
            else:
                unwanted |= mask
        return (needed if is_open else chosen & needed) & ~unwanted

    def of_language(self, language: str) -> int:
        """Return the stories in a language; all of them when it is empty."""
        if language not in self._languages:
            spoken = [number for number, story in enumerate(self._stories) if speaks(story.post, language)]
            self._languages[language] = sum(1 << number for number in spoken)
        return self._languages[language]

    def since(self, moment: float) -> int:
        """Return the stories that appeared at `moment`, in seconds since 1970, or later."""
        return self._from_moment[bisect_left(self._moments, moment)]

    def _read(self, line: str) -> tuple[str, int]:
        """Return the sign of a tag in an expression, and the stories that have it."""
        sign, tag = sign_and_tag(line)
        found = self._lines[line] = (sign, self._with_tag.get(tag_key(tag), 0))
        return found

    def _appeared_from(self, moment: float) -> int:
        return sum(1 << number for number, story in enumerate(self._stories) if story.appeared >= moment)
