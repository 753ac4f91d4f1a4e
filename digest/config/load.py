"""Find and read `digest.toml`; the defaults when there is none.

Every mistake in the file is reported in one run, each with its line and a remedy.
"""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from digest.config.adopted import Adopted, adopt_settings, merged
from digest.config.checks import Fault, folder_faults, provider_faults, structure_faults, value_faults
from digest.config.feed_checks import feed_faults
from digest.config.folders import find_content
from digest.config.key_positions import key_positions
from digest.config.located import problem_at
from digest.config.schema import FAMILY_KEYS, Config, Digest, File, Site
from digest.config.segments import segment_faults
from digest.config.senders import BUILT_IN, SenderSettings, read_senders, settings_type
from digest.config.shared import Shared, find_shared, holds
from digest.config.themes import with_theme
from digest.config.toml_errors import syntax_problem
from digest.generators import GENERATORS, Generator, generator_type
from digest.problems import ConfigError, DigestError, Problem

FILE_NAME = "digest.toml"


def load_config(folder: Path | str = ".", file: Path | str | None = None) -> Config:
    """Return the configuration in force in `folder`.

    Reads `file`, else what `find_config` finds; without a file, takes defaults that fit the folder. Raises
    `ConfigError` when the file cannot be read, or with every problem in it.
    """
    found = Path(file) if file else find_config(Path(folder))
    if found is None:
        return parse_config("", Path(folder).resolve(), None)
    return parse_config(_read(found), found.parent.resolve(), found, find_shared(found.parent.resolve() / found.name))


def find_config(folder: Path) -> Path | None:
    """Return the absolute path of the nearest `digest.toml` in `folder` or above it; None when there is none.

    In a folder reached through a symbolic link, the folders that lead to the link come first, as in the shell's prompt,
    then those that lead to its target. A file that cannot be read, or a folder, is returned too. Raises `DigestError`
    when the current folder was deleted.
    """
    shown = folder if folder.is_absolute() else _current_folder() / folder
    real = Path(os.path.realpath(shown))
    # Without resolving the link, `link/..` would be a different folder than the system's.
    starts = [real] if ".." in shown.parts else [shown, real]
    for start in starts:
        for place in (start, *start.parents):
            file = place / FILE_NAME
            if os.path.lexists(file):
                return file
    return None


def parse_config(text: str, root: Path, file: Path | None = None, shared: Shared | None = None) -> Config:
    """Return the configuration that `text` (TOML) describes for the folder `root`; `file` is where it was read.

    What `shared` sets holds unless `text` sets it itself. Raises `ConfigError` with every unknown key, wrong type and
    impossible value, each with its line.
    """
    name = file.name if file else FILE_NAME
    try:
        own = _in_current_words(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        problem = syntax_problem(name, text, error)
        raise ConfigError(str(problem), [problem]) from error
    table = with_theme(merged(_in_current_words(shared.table), own) if shared else own)
    faults = list(structure_faults(table, File))
    if not faults:
        read = msgspec.convert(table, File)
        faults = [*value_faults(read), *feed_faults(read)]
        faults = faults or [*provider_faults(table, read), *segment_faults(table, read)]
    if not faults:
        adopted = adopt_settings(root, table)
        read = msgspec.convert(merged(adopted.table, table), File)
        faults = list(folder_faults(read, root, table.get("site", {})))
    if faults:
        problems = sorted(_located(faults, name, text, own, shared))
        raise ConfigError("\n".join(map(str, problems)), problems)
    made = _with_assumptions(read, root, file, adopted)
    if shared is None:
        return made
    sentence = f"settings that sites share come from {shared.name}"
    return msgspec.structs.replace(made, adopted=(*made.adopted, sentence))


def _located(
    faults: Iterable[Fault], name: str, text: str, own: Mapping[str, Any], shared: Shared | None
) -> Iterator[Problem]:
    """Yield each fault as a problem in the file that has its key: the site's own, else the shared one."""
    positions = key_positions(text)
    for fault in faults:
        if shared is not None and not holds(own, fault.keys) and holds(shared.table, fault.keys):
            yield problem_at(shared.name, fault, key_positions(shared.text))
        else:
            yield problem_at(name, fault, positions)


def _in_current_words(table: dict[str, Any]) -> dict[str, Any]:
    """Return the table with keys of another spelling renamed."""
    site = table.get("site")
    if isinstance(site, dict) and "permalinks" in site and "permalink" not in site:
        renamed = {"permalink" if key == "permalinks" else key: value for key, value in site.items()}
        return table | {"site": renamed}
    return table


def config_schema() -> bytes:
    """Return the JSON Schema of `digest.toml` as UTF-8 JSON."""
    from digest.config.descriptions import describe_keys

    document = msgspec.json.schema(File)
    kinds = [settings_type(kind) for kind in BUILT_IN]
    senders, of_senders = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    generators, described = msgspec.json.schema_components(
        [generator_type(name) for name in GENERATORS], ref_template="#/$defs/{name}"
    )
    document["$defs"]["File"]["properties"]["generator"] = {"anyOf": list(generators)}
    document["$defs"]["File"]["properties"]["senders"]["additionalProperties"] = {
        "anyOf": [*senders, {"type": "object", "properties": {"kind": {"not": {"enum": list(BUILT_IN)}}}}]
    }
    document["$defs"] |= described | of_senders
    describe_keys(document["$defs"], File)
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    document["title"] = FILE_NAME
    return msgspec.json.format(msgspec.json.encode(document), indent=2)


def _current_folder() -> Path:
    """Return the current folder as the shell names it, through symbolic links; else as the system does."""
    try:
        real = Path.cwd()
    except FileNotFoundError as error:
        raise DigestError("the current folder was deleted; change to another one") from error
    shown = Path(os.environ.get("PWD", ""))
    # As POSIX has it for `pwd -L`: PWD counts only while it names the current folder.
    if shown.is_absolute() and Path(os.path.realpath(shown)) == real:
        return shown
    return real


def _read(file: Path) -> str:
    """Return the text of a configuration file. Raises `ConfigError`."""
    if file.is_dir():
        raise ConfigError(f"{file}: this is a folder, not a configuration file; rename it")
    if file.exists() and not file.is_file():  # such as a pipe, which would block
        raise ConfigError(f"{file}: this is not a regular file")
    if file.is_symlink() and not file.exists():
        raise ConfigError(f"{file}: this link leads to no file")
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        problem = Problem(file.name, 1, 0, "not-utf-8", f"byte {error.start} is not UTF-8", "save the file as UTF-8")
        raise ConfigError(str(problem), [problem]) from error


def _digests(
    file: File, site: Site, senders: Mapping[str, SenderSettings]
) -> tuple[dict[str, Digest], dict[str, Digest]]:
    """Return the digests of a file, and its families of digests, each with a title and the provider of its sender."""
    digests: dict[str, Digest] = {}
    families: dict[str, Digest] = {}
    for name, digest in file.digests.items():
        is_family = any(getattr(digest, key) for key in FAMILY_KEYS)
        tables = families if is_family else digests
        sender = senders.get(digest.send_via)
        provider = sender.filled_in_by() if sender else digest.provider
        tables[name] = msgspec.structs.replace(digest, title=digest.title or site.title, provider=provider)
    return digests, families


def _generator(file: File) -> Generator | None:
    if file.generator is None:
        return None
    return msgspec.convert(file.generator, generator_type(file.generator["name"]))


def _with_assumptions(file: File, root: Path, path: Path | None, adopted: Adopted) -> Config:
    """Fill in missing settings from the folder, and describe each assumption in a sentence."""
    assumed: list[str] = []
    site = file.site
    if not site.content:
        content = find_content(root)
        site = msgspec.structs.replace(site, content=content)
        if path is None or content != "content":
            assumed.append("posts are in this folder" if content == "." else f"posts are in {content}/")
    if not site.title:
        title = root.name.replace("-", " ").replace("_", " ").title() or "Posts"
        site = msgspec.structs.replace(site, title=title)
        assumed.append(f'the site is called "{title}"')
    if site.url == Site().url:
        assumed.append(f"the site's address is {site.url}")
    senders = read_senders(file.senders)
    digests, families = _digests(file, site, senders)
    if path is None:
        assumed.append(f"dates without a zone are in {site.timezone}")
        digests = {"weekly": Digest(title=site.title)}
        assumed.append("there is one digest, weekly, on Mondays at 08:00")
    return Config(
        root=root,
        file=path,
        site=msgspec.structs.replace(site, url=site.url.rstrip("/") + "/"),
        posts=file.posts,
        feeds=file.feeds,
        digests=digests,
        families=families,
        senders=senders,
        readers=file.readers,
        theme=file.theme,
        generator=_generator(file),
        adopted=adopted.sentences,
        assumed=tuple(assumed),
    )
