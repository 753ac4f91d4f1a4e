"""How problems read on a terminal."""

import pickle

import pytest

from digest.problems import ConfigError, Problem, did_you_mean, printable


@pytest.mark.parametrize(
    ("problem", "shown"),
    [
        (Problem("content/a.md", 3, 7, "code", "what is wrong", "what to do"), "content/a.md:3:7: code: what is wrong (what to do)"),
        (Problem("content/a.md", 3, 0, "code", "m"), "content/a.md:3:1: code: m"),
        (Problem("content/a.md", 0, 0, "code", "m", severity="warning"), "content/a.md: warning: code: m"),
        (Problem("content/\x1b[31m.md", 1, 1, "code", "\u202eevil"), r"content/\x1b[31m.md:1:1: code: \u202eevil"),
    ],
)  # fmt: skip
def test_a_problem_names_place_code_message_and_remedy(problem: Problem, shown: str) -> None:
    assert str(problem) == shown


def test_printable_keeps_what_people_read() -> None:
    assert printable("标题 – é 👩‍🌾") == "标题 – é 👩\\u200d🌾"
    assert printable("\ud800") == "\\ud800"


def test_the_nearest_word_is_offered_as_it_is_spelt() -> None:
    assert did_you_mean("asia/shangai", ["Asia/Shanghai", "Europe/Berlin"]) == 'did you mean "Asia/Shanghai"?'
    assert did_you_mean("xyz", ["title"]) == ""


def test_an_error_comes_whole_from_another_process() -> None:
    problem = Problem("digest.toml", 3, 1, "url", "is no address", "write https://…")
    error = pickle.loads(pickle.dumps(ConfigError("wrong", [problem])))
    assert type(error) is ConfigError
    assert (str(error), error.problems) == ("wrong", (problem,))
