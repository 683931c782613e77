"""What all pages share: theme, links, the note at the foot, and how errors are told."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from shown_pages import links, markup, running, show, text
from streamlit import config

from formcheck.errors import InputError, LibraryError
from formcheck.presentation.palette import DARK_PAGE, LIGHT_PAGE, SERIES, PageColours
from formcheck.web.app import SCRIPT, parts, streamlit_config
from formcheck.web.pieces import look
from formcheck.web.settings import Settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
THEMES = {"light": LIGHT_PAGE, "dark": DARK_PAGE}


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2 between two colours such as ``#0b5fc2``."""

    def luminance(colour: str) -> float:
        shares = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def flat(of: dict[str, object], before: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in of.items():
        if isinstance(value, dict):
            found.update(flat(value, f"{before}{name}."))
        else:
            found[f"{before}{name}"] = value
    return found


# -- theme ---------------------------------------------------------------------------------------


def test_both_ways_to_start_have_the_same_settings():
    with (ROOT / ".streamlit" / "config.toml").open("rb") as file:
        assert flat(tomllib.load(file)) == streamlit_config(8501)


def test_streamlit_knows_every_setting():
    known = config.get_config_options()
    assert set(streamlit_config(8501)) <= set(known)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("ground", ["ground", "raised"])
@pytest.mark.parametrize("colour", ["ink", "soft", "good", "warn", "fault", "link"])
def test_text_stands_out(name: str, ground: str, colour: str):
    of = THEMES[name]
    assert contrast(getattr(of, colour), getattr(of, ground)) >= 4.5


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(
    ("word", "colour"), [("green", "good"), ("yellow", "warn"), ("red", "fault"), ("blue", "link")]
)
def test_messages_can_be_read_on_their_ground(name: str, word: str, colour: str):
    theme = streamlit_config(1)
    ground = str(theme[f"theme.{name}.{word}BackgroundColor"])
    assert theme[f"theme.{name}.{word}TextColor"] == getattr(THEMES[name], colour)
    assert contrast(getattr(THEMES[name], colour), ground) >= 4.5
    assert contrast(THEMES[name].ink, ground) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_bars_stand_out_and_buttons_can_be_read(name: str):
    of = THEMES[name]
    assert min(contrast(colour, of.ground) for colour in SERIES) >= 3.0
    assert contrast(of.ground, of.link) >= 4.5


def test_the_report_page_has_the_same_colours():
    templates = sorted((ROOT / "formcheck/presentation/templates").glob("*.html"))
    style = "".join(file.read_text("utf-8") for file in templates)
    light, dark, _ = re.findall(r":root \{\s*(--ground.*?)\}", style, flags=re.DOTALL)
    for of, there in ((LIGHT_PAGE, light), (DARK_PAGE, dark)):
        for name in PageColours.__dataclass_fields__:
            stands = "focus" if name == "link" else name
            assert f"--{stands}: {getattr(of, name)};" in there


def test_our_colours_follow_the_theme_that_is_shown():
    """Also where somebody chose the other theme than their system's."""
    style = look._style()
    for name in PageColours.__dataclass_fields__:
        both = f"light-dark({getattr(LIGHT_PAGE, name)}, {getattr(DARK_PAGE, name)})"
        assert f"--fc-{name}: {both};" in style
    used = set(re.findall(r"var\(--fc-(\w+)\)", style))
    assert used
    assert used <= set(PageColours.__dataclass_fields__)


# -- every page ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", look.PAGES)
def test_every_page_leads_to_every_other_and_says_where_one_is(tmp_path: Path, path: str):
    with running(tmp_path):
        at = show(path)
        assert not at.exception
        found = links(at)
        for other, label in look.PAGES.items():
            if other != path:
                assert found[label] == ("/" if other == "home" else f"/{other}")
        assert re.findall(r'aria-current="page">([^<]*)<', markup(at)) == [look.PAGES[path]]
        assert len(at.title) == 1


@pytest.mark.parametrize("path", look.PAGES)
def test_every_page_says_that_it_is_an_estimate_and_can_be_skipped_into(tmp_path: Path, path: str):
    with running(tmp_path):
        at = show(path)
    assert "an estimate, not a medical measurement" in text(at).lower()
    shown = markup(at)
    assert shown.index('href="#content"') < shown.index('id="content"')


def test_no_page_lies_beside_the_script():
    """Streamlit would run a file of such a folder alone for whoever comes straight to it."""
    assert not (SCRIPT.parent / "pages").exists()


# -- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (LibraryError("the list is in use; close it"), "The list is in use; close it."),
        (InputError("give one, please?"), "Give one, please?"),
        (RuntimeError("x = 1"), "Something went wrong inside formcheck"),
        (KeyError("plank"), "Load the page again"),
    ],
)
def test_an_error_ends_in_a_sentence(monkeypatch: pytest.MonkeyPatch, error, wanted: str):
    told: list[str] = []
    streamlit = SimpleNamespace(error=lambda words, icon: told.append(words))
    monkeypatch.setattr(look, "st", streamlit)
    assert look.explain(error) is True
    assert wanted in told[0]
    assert "x = 1" not in told[0]


def test_the_app_tells_errors_in_that_way(tmp_path: Path):
    with running(tmp_path):
        assert parts(Settings(home=tmp_path))["on_script_error"] is look.explain


def test_a_table_shows_markup_as_text(monkeypatch: pytest.MonkeyPatch):
    shown: list[str] = []
    monkeypatch.setattr(look, "st", SimpleNamespace(html=shown.append))
    look.table("<b>1</b>", ["<i>"], [["<script>", '"&"']])
    assert not re.search(r"<(b|i|script)>", shown[0])
    assert shown[0].count('scope="row"') == 1
