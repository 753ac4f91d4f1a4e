"""How problems read on a terminal."""

import pickle

import pytest

from digest.problems import ConfigError, Problem, did_you_mean, fold, printable


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


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([("a.md", 1), ("b.MARKDOWN", 2)], "2 posts, first at a.md:1:1"),
        ([("a.md", 1), ("a.md", 5), ("b.md", 2)], "3 places in 2 posts, first at a.md:1:1"),
        ([("a.md", 5), ("a.md", 1)], "2 places in 1 post, first at a.md:1:1"),
        ([("digest.toml", 3), ("a.md", 0)], "2 files, first at a.md"),
        ([(f"{n:04}.md", 1) for n in range(1838)], "1,838 posts, first at 0000.md:1:1"),
    ],
)
def test_warnings_that_differ_in_place_only_are_one(places: list[tuple[str, int]], said: str) -> None:
    warnings = [Problem(path, line, 0, "w", "odd", "mend it", "warning") for path, line in places]
    other = Problem("a.md", 2, 0, "w", "otherwise odd", severity="warning")
    (one,) = fold([*warnings, *warnings])
    assert str(one) == f"warning: w: odd: {said} (mend it)"
    assert sorted(map(str, fold([*warnings, other]))) == sorted([str(one), str(other)])


def test_a_hint_is_shown_only_when_all_have_it() -> None:
    (one,) = fold([Problem(f"{n}.md", 1, 0, "w", "odd", f"rename {n}", "warning") for n in range(2)])
    assert str(one) == "warning: w: odd: 2 posts, first at 0.md:1:1"
