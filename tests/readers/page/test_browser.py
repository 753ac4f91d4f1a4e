"""The page in a real browser: by its buttons and keys, on a phone, in the dark, without scripts and style sheets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import PROGRAM, Page, browser
from tests.mail_server import Inbox
from tests.readers.page.site import Readers, link, wait_for
from tests.readers.page.test_attacks import served

CONTRAST = """
(() => {
  const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(n => n / 255).map(n => n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4);
                       return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!c.startsWith('rgba(0, 0, 0, 0')) return c; }
                        return 'rgb(255, 255, 255)'; };
  const worst = [];
  for (const e of document.querySelectorAll('h1, p, label, legend, button, input, select, a, li')) {
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => x - y);
    if ((b + 0.05) / (a + 0.05) < 4.5) worst.push(e.outerHTML.slice(0, 80));
  }
  return worst;
})()
"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A tab of a real browser in which scripts of pages do not run."""
    if not PROGRAM:
        pytest.skip("chromium is not installed")
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


def show(tab: Page, address: str, *, width: int = 360, dark: bool = False) -> None:
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    tab.call("Emulation.setEmulatedMedia", features=scheme)
    tab.open(address, width=width, height=800)


def press(tab: Page, button: str) -> None:
    """Press the button with these words, and wait for the answer."""
    tab.run("window.before = true")
    tab.run(f"[...document.querySelectorAll('button')].find(each => each.textContent === '{button}').click()")
    tab.until("!window.before && document.readyState === 'complete'")


def said(tab: Page) -> str:
    return str(tab.run("document.querySelector('main').innerText"))


def test_a_reader_subscribes_changes_her_mind_and_leaves(readers_site: Path, inbox: Inbox, tab: Page) -> None:
    readers = Readers(readers_site)
    with served(readers_site) as (address, _):
        show(tab, f"{address}subscribe")
        press(tab, "Subscribe")
        assert tab.run("document.activeElement.id") == "address"
        assert "Please enter an e-mail address" in said(tab)
        tab.run("document.activeElement.value = 'ann@example.org'")
        tab.run("document.querySelector('[name=tag][value=news]').click()")
        tab.run("document.querySelector('#consent').click()")
        press(tab, "Subscribe")
        assert "Please look into your mailbox" in said(tab)
        assert tab.run("document.querySelector('[role=status]') !== null")
        wait_for(inbox, 1)
        ann = readers.by("ann@example.org")
        assert (ann.state, ann.tags) == ("pending", "news")
        show(tab, address + link(ann, "confirm")[1:])
        press(tab, "Confirm")
        assert "You are subscribed to Notes." in said(tab)
        tab.run("document.querySelector('a').click()")
        tab.until("document.querySelector('[name=every]') !== null")
        tab.run("document.querySelector('[name=every][value=month]').click()")
        press(tab, "Save")
        assert "Your choice is saved." in said(tab)
        assert readers.by(ann).every == "month"
        press(tab, "Delete my data")
        tab.run("document.querySelector('a').click()")
        tab.until("document.querySelector('[name=every]') !== null")
        press(tab, "Unsubscribe")
        assert "You are unsubscribed from Notes." in said(tab)
    assert readers.by(ann).state == "left"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", ["en", "de", "ar", "ja"])
def test_pages_fit_a_phone_and_can_be_read(language: str, dark: bool, readers_site: Path, tab: Page) -> None:
    toml = readers_site / "digest.toml"
    toml.write_text(toml.read_text().replace("[site]", f'[site]\nlanguage = "{language}"'))
    post = "---\ntitle: x\ndate: 2026-11-20\ntags: [Donaudampfschifffahrtsgesellschaftskapitän]\n---\n"
    (readers_site / "content/long.md").write_text(post)
    readers = Readers(readers_site)
    ann, bob = readers.add(tags="news"), readers.add("bob@example.org", "pending")
    with served(readers_site) as (address, _):
        for path in ("subscribe", link(ann, "preferences")[1:], link(bob, "confirm")[1:], link(ann, "unsubscribe")[1:]):
            show(tab, address + path, width=320, dark=dark)
            assert tab.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
            assert tab.run(CONTRAST) == [], path
            for target in ("button", "[type=checkbox]", "[type=radio]", "select"):
                sizes = tab.run(
                    f"[...document.querySelectorAll('{target}')].map(e => (e.closest('label') || e).getBoundingClientRect().height)"
                )
                assert min(sizes, default=24) >= 24, (path, target)  # WCAG 2.2, 2.5.8


def test_the_keyboard_reaches_everything_but_the_bait(readers_site: Path, tab: Page) -> None:
    with served(readers_site) as (address, _):
        show(tab, f"{address}subscribe", width=1000)
        reached = []
        for _ in range(12):
            tab.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
            tab.call("Input.dispatchKeyEvent", type="keyUp", key="Tab", code="Tab", windowsVirtualKeyCode=9)
            reached.append(tab.run("document.activeElement.name || document.activeElement.tagName"))
            if reached[-1] not in ("BODY", "HTML"):
                style = "getComputedStyle(document.activeElement).outlineStyle"
                assert tab.run(style) == "solid", reached
        assert {"address", "tag", "language", "every", "consent", "BUTTON"} <= set(reached)
        assert "website" not in reached
        off_screen = "document.querySelector('#website').getBoundingClientRect().right < 0"
        assert tab.run(off_screen)
        assert tab.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_assistive_technology_hears_the_name_of_every_control(readers_site: Path, tab: Page) -> None:
    ann = Readers(readers_site).add(tags="news")
    controls = {"textbox", "checkbox", "radio", "combobox", "button", "link", "group", "heading"}
    with served(readers_site) as (address, _):
        for path in ("subscribe", link(ann, "preferences")[1:]):
            show(tab, address + path)
            nodes = tab.call("Accessibility.getFullAXTree")["nodes"]
            found = [
                (node["role"]["value"], node.get("name", {}).get("value")) for node in nodes if not node["ignored"]
            ]
            assert [role for role, name in found if role in controls and not name] == []
            assert {("heading", "Subscribe" if path == "subscribe" else "Preferences"), ("group", "Topics")} <= set(
                found
            )
            assert "Leave this field empty." not in {name for _, name in found}
            if path == "subscribe":
                assert ("textbox", "Your e-mail address") in found


def test_the_page_can_be_read_without_its_style_sheet(readers_site: Path, tab: Page) -> None:
    with served(readers_site) as (address, _):
        show(tab, f"{address}subscribe")
        tab.run("document.querySelector('style').remove()")
        words = said(tab)
    order = ["Subscribe", "Your e-mail address", "Topics", "news", "Language", "How often", "At most once a week"]
    order += ["I want to get Notes", "Leave this field empty."]
    places = [words.index(word) for word in order]
    assert places == sorted(places)
