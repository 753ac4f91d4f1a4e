"""The tables of senders in `digest.toml`: what is refused, at which line, with which hint, and without a secret."""

from pathlib import Path

import msgspec
import pytest

from digest.config import load_config, parse_config
from digest.config.senders import BUILT_IN, settings_type
from digest.problems import ConfigError, Problem

ROOT = Path(__file__).parents[2]
LISTMONK = 'kind = "listmonk"\nurl = "https://lists.example"\nuser = "api"\nlists = [1]\n'


def problem_of(text: str) -> Problem:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, Path("/site"))
    assert caught.value.exit_code == 78
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("table", "line", "message", "hint"),
    [
        ('kind = "listmnk"', 2, "no kind of sender has this name", 'did you mean "listmonk"?'),
        ('url = "x"', 1, "senders.news: kind is missing", "known: brevo, buttondown, command,"),
        (f"{LISTMONK}templte = 4", 6, "there is no such key", 'did you mean "template"?'),
        ('kind = "listmonk"\nurl = "x"\nuser = "a"', 1, "lists is missing", "add lists = "),
        (f'{LISTMONK}on_doubt = "never"', 6, "never", ""),
        (f'{LISTMONK}token = "s3cret"', 6, "a secret does not belong in this file", 'write token_env = "NAME"'),
        (f'{LISTMONK}token_env = "s3cret-of-mine"', 6, "no name of an environment variable", "never the secret"),
    ],
)
def test_a_mistake_is_named_at_its_line(table: str, line: int, message: str, hint: str) -> None:
    problem = problem_of(f"[senders.news]\n{table}\n")
    assert problem.line == line
    assert message in problem.message
    assert hint in problem.hint
    assert "s3cret" not in str(problem)


def test_the_sender_of_a_digest_has_to_exist() -> None:
    problem = problem_of(f'[digests.weekly]\nsend_via = "newz"\n[senders.news]\n{LISTMONK}')
    assert (problem.line, problem.hint) == (2, 'did you mean "news"?')
    assert "[senders.newz]" in problem_of('[digests.weekly]\nsend_via = "newz"\n').hint


def test_a_digest_takes_the_provider_of_its_sender() -> None:
    text = f'[digests.weekly]\nsend_via = "news"\n[senders.news]\n{LISTMONK}'
    config = parse_config(text, Path("/site"), Path("/site/digest.toml"))
    assert config.digests["weekly"].provider == "listmonk"
    problem = problem_of(f'[digests.weekly]\nsend_via = "news"\nprovider = "mailchimp"\n[senders.news]\n{LISTMONK}')
    assert (problem.line, problem.code) == (3, "provider")
    assert '[senders.news] fills in what is written for "listmonk"' in problem.message


def test_kinds_are_entry_points_of_this_package_too() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["digest.senders"] == BUILT_IN


@pytest.mark.parametrize("kind", BUILT_IN)
def test_every_key_of_a_kind_is_documented(kind: str) -> None:
    text = (ROOT / "docs/sending.md").read_text(encoding="utf-8")
    _, found, section = text.partition(f'### `kind = "{kind}"`\n')
    assert found, kind
    section = section.partition("\n## ")[0].partition("\n### ")[0]
    common = ("kind", "on_doubt", "draft_only")
    fields = [field.encode_name for field in msgspec.structs.fields(settings_type(kind))]
    missing = [name for name in fields if name not in common and f"`{name}`" not in section]
    assert missing == []


def test_the_schema_describes_every_kind() -> None:
    from digest.config import config_schema

    schema = msgspec.json.decode(config_schema())
    described = {
        each["$ref"].rpartition("/")[2]
        for each in schema["$defs"]["File"]["properties"]["senders"]["additionalProperties"]["anyOf"]
        if "$ref" in each
    }
    assert len(described) == len(BUILT_IN)


def test_a_site_without_senders_asks_for_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "digest.toml").write_text("", encoding="utf-8")
    monkeypatch.setattr("importlib.metadata.entry_points", None)
    assert load_config(tmp_path).senders == {}
