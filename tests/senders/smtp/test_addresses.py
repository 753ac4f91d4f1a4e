"""The list of addresses: what is taken, and that every mistake is named before anything is sent."""

from pathlib import Path

import pytest

from digest.problems import ContentError
from digest.senders.smtp import read_addresses


def read(path: Path, content: str | bytes) -> list[str]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [reader.address for reader in read_addresses(path, path.name).readers]


def mistakes(path: Path, content: str | bytes) -> list[tuple[int, int, str]]:
    with pytest.raises(ContentError) as caught:
        read(path, content)
    return [(problem.line, problem.column, problem.message) for problem in caught.value.problems]


def test_lines_comments_names_and_byte_order_marks(tmp_path: Path) -> None:
    text = "\ufeff# ours\r\nAnn <ann@Example.net>\r\n\r\n  bob+x@example.net  # a friend\r\nO'Brien <o'brien@example.ie>\r\n"
    assert read(tmp_path / "r.txt", text) == ["ann@example.net", "bob+x@example.net", "o'brien@example.ie"]
    assert read(tmp_path / "r.txt", "a#b@example.net\n#c@example.net") == ["a#b@example.net"]
    assert read(tmp_path / "r.txt", "ann@example.net\n".encode("utf-16")) == ["ann@example.net"]


def test_domains_of_any_script_become_ascii_and_local_parts_stay(tmp_path: Path) -> None:
    text = "ann@Müller.example\n用户@例え.jp\nx@straße.example\nSchöne@XN--MLLER-KVA.example\n"
    assert read(tmp_path / "r.txt", text) == [
        *("ann@xn--mller-kva.example", "用户@xn--r8jz45g.jp", "x@xn--strae-oqa.example"),
        "Schöne@xn--mller-kva.example",
    ]


def test_an_address_counts_once_however_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "r.txt"
    assert read(path, "Ann@Example.NET\nann@example.net\nx@müller.example\nx@xn--mller-kva.example\n") == [
        *("Ann@example.net", "x@xn--mller-kva.example")
    ]
    assert read_addresses(path).repeated == 2


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("ann", 1, "is no address"),
        ("ann@", 1, "is no address"),
        ("@example.net", 1, "is no address"),
        ("ann@gmail", 5, "has no dot"),
        ("a b@example.net", 2, "space"),
        ("a@example.net, b@example.net", 14, '","'),
        ("a@example.net b@example.net", 14, "space"),
        ("Ann <a@b@example.net>", 7, "more than one @"),
        ("ann@@example.net", 4, "more than one @"),
        ("\u200bann@example.net", 1, "zero width space"),
        ("ann\u00a0@example.net", 4, "no-break space"),
        ("ann＠example.net", 4, "only looks like @"),
        ("mailto:ann@example.net", 7, '":"'),
        ("ann@-example.net", 5, "is no domain"),
        ("ann@exam_ple.net", 5, "is no domain"),
        ("ann@example..net", 5, "is no domain"),
        ("ann@example.net.", 5, "is no domain"),
        ("a" * 65 + "@example.net", 1, "longer"),
        ("ann@" + "a" * 64 + ".net", 5, "is no domain"),
        ('"ann b"@example.net', 1, '"""'),
        ("ann\x00@example.net", 4, "u+0000"),
    ],
)
def test_each_mistake_is_named_with_its_place(tmp_path: Path, line: str, column: int, said: str) -> None:
    found = mistakes(tmp_path / "r.txt", f"ok@example.net\n  {line}\n")
    assert [(number, place) for number, place, _ in found] == [(2, column + 2)]
    assert said in found[0][2]


def test_all_mistakes_are_named_in_one_run(tmp_path: Path) -> None:
    assert [line for line, _, _ in mistakes(tmp_path / "r.txt", "x\nok@example.net\ny\n\nz@\n")] == [1, 3, 5]
    assert mistakes(tmp_path / "r.txt", b"ok@example.net\nann\xff@example.net\n")[0][:2] == (2, 4)


def test_a_list_of_nobody_or_none_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"r\.txt has no addresses"):
        read(tmp_path / "r.txt", "# nobody yet\n")
    with pytest.raises(ContentError, match=r"none\.txt: cannot be read"):
        read_addresses(tmp_path / "none.txt", "none.txt")


@pytest.mark.parametrize("name", ["email", "Email Address", "E-Mail", "email_address", "Address", "Mail"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_as_services_export_them(tmp_path: Path, name: str, delimiter: str) -> None:
    rows = [["Name", name, "Status"], ['"Ann, Lady"', "ann@example.net", "enabled"], ["Bob", "bob@example.net", ""]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    assert read(tmp_path / "r.csv", f"\ufeff{text}\r\n") == ["ann@example.net", "bob@example.net"]


def test_who_has_left_in_an_export_gets_nothing(tmp_path: Path) -> None:
    text = "id,email,status\n1,a@example.net,enabled\n2,b@example.net,Unsubscribed\n3,c@example.net,blocklisted\n"
    assert read(tmp_path / "r.csv", text) == ["a@example.net"]


def test_a_table_without_a_head_or_without_addresses(tmp_path: Path) -> None:
    assert read(tmp_path / "r.csv", "1,ann@example.net\n2,bob@example.net\n") == ["ann@example.net", "bob@example.net"]
    with pytest.raises(ContentError) as caught:
        read(tmp_path / "r.csv", "id,emal\n1,ann@example.net\n")
    assert caught.value.problems[0].hint == 'call the one with the addresses "email"'
    assert mistakes(tmp_path / "r.csv", "id,email\n1,ann@example.net\n2,\n3,bob\n") == [
        (3, 3, '"" is no address'), (4, 3, '"bob" is no address')]  # fmt: skip
