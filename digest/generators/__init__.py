"""Other site generators: their settings, which are read and never run, and the addresses that they give posts.

One module a generator, with its settings, `adopt`, which reads them from its files, and its rule for addresses.
"""

from collections.abc import Callable
from pathlib import Path

from digest.generators import astro, docusaurus, eleventy, hexo, hugo, jekyll, mkdocs, nikola, pelican, zola
from digest.generators.astro import Astro
from digest.generators.docusaurus import Docusaurus
from digest.generators.eleventy import Eleventy
from digest.generators.generator import AddressError, Adoption, Found, Generator, Place, PostSource
from digest.generators.hexo import Hexo
from digest.generators.hugo import Hugo
from digest.generators.jekyll import Jekyll
from digest.generators.mkdocs import MkDocs, Zensical
from digest.generators.nikola import Nikola
from digest.generators.pelican import Pelican
from digest.generators.settings import SettingsError
from digest.generators.zola import Zola

AnyGenerator = Astro | Docusaurus | Eleventy | Hexo | Hugo | Jekyll | MkDocs | Nikola | Pelican | Zensical | Zola
GENERATORS: dict[str, type[Generator]] = {
    "astro": Astro,
    "docusaurus": Docusaurus,
    "eleventy": Eleventy,
    "hexo": Hexo,
    "hugo": Hugo,
    "jekyll": Jekyll,
    "mkdocs": MkDocs,
    "nikola": Nikola,
    "pelican": Pelican,
    "zensical": Zensical,
    "zola": Zola,
}
# The reader of each generator's settings, by its name; the first that finds a file of its generator is taken.
ADOPTERS: dict[str, Callable[[Path], Adoption | None]] = {
    "astro": astro.adopt,
    "docusaurus": docusaurus.adopt,
    "eleventy": eleventy.adopt,
    "hexo": hexo.adopt,
    "hugo": hugo.adopt,
    "jekyll": jekyll.adopt,
    "nikola": nikola.adopt,
    "pelican": pelican.adopt,
    "zensical": mkdocs.adopt_zensical,
    "mkdocs": mkdocs.adopt,
    "zola": zola.adopt,
}


def adopt(root: Path, name: str = "") -> Adoption | None:
    """Return what the settings of the site generator in the folder `root` say; None when there are none.

    `name` chooses a generator, else the first whose settings are found is taken. Raises `SettingsError` when its
    settings file cannot be read.
    """
    for read in [ADOPTERS[name]] if name else ADOPTERS.values():
        adoption = read(root)
        if adoption is not None:
            return adoption
    return None


__all__ = [
    "ADOPTERS", "GENERATORS", "AddressError", "Adoption", "AnyGenerator", "Found", "Generator", "Place", "PostSource",
    "SettingsError", "adopt",
]  # fmt: skip
