"""What all pages share: the row of links, the note at the foot, tables, and how errors are told."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from formcheck.errors import FormcheckError
from formcheck.judgement.report import ESTIMATE_NOTE
from formcheck.presentation import words
from formcheck.presentation.palette import DARK_PAGE, LIGHT_PAGE, PageColours
from formcheck.web.pieces.component import FRONTEND

__all__ = [
    "PAGES",
    "START",
    "begin",
    "end",
    "explain",
    "heading",
    "label_of",
    "link",
    "sentence",
    "show",
    "table",
    "title_of",
]

PAGES: Mapping[str, str] = MappingProxyType(
    {
        "home": "formcheck",
        "live": "Live",
        "video": "Video",
        "exercises": "Exercises",
        "library": "Library",
        "progress": "Progress",
        "privacy": "Privacy",
    }
)
"""Address of each page → what its link says, in the order of the row."""

MORE: Mapping[str, str] = MappingProxyType({"accounts": "People and roles"})
"""The same of pages that are not in the row."""

START = "home"
_CONTENT = "content"
_COLOURS = tuple(PageColours.__dataclass_fields__)
_STYLE = FRONTEND / "look.css"


def label_of(path: str) -> str:
    """What a link to a page says."""
    return PAGES[path] if path in PAGES else MORE[path]


def title_of(path: str) -> str:
    """The title of a page in the browser's tab."""
    return "formcheck" if path == START else f"{label_of(path)} – formcheck"


def page_of(path: str) -> StreamlitPage:
    """A page to link to; ``main.py`` knows which function draws it."""
    return st.Page(_drawn_elsewhere, title=label_of(path), url_path=path, default=path == START)


def link(
    path: str, label: str, *, icon: str | None = None, wide: bool = False, **query: str
) -> None:
    """A link to a page of the app, which keeps the visit and all that is in it.

    Args:
        path: Address of the page, a key of :data:`PAGES` or :data:`MORE`.
        label: What the link says.
        icon: A Material symbol, e.g. ":material/videocam:".
        wide: Whether it takes all the width there is.
        query: Query parameters.
    """
    st.page_link(
        page_of(path),
        label=label,
        icon=icon,
        width="stretch" if wide else "content",
        query_params=query or None,
    )


def begin(path: str) -> None:
    """What stands above every page: how it looks, and where else one can go.

    Args:
        path: Address of the page that is shown; empty for the first.
    """
    here = path or START
    st.html(f"<style>{_style()}</style>")
    st.html(f'<a class="fc-skip" href="#{_CONTENT}">Skip to content</a>')
    with st.container(horizontal=True, vertical_alignment="center", key="fc-nav", gap=None):
        for name, label in PAGES.items():
            if name == here:
                st.html(
                    f'<span class="fc-here" aria-current="page">{label}</span>', width="content"
                )
            else:
                link(name, label)
    st.html(f'<div id="{_CONTENT}" tabindex="-1"></div>')


def end() -> None:
    """What stands below every page."""
    st.html(
        f'<footer class="fc-foot">{html.escape(ESTIMATE_NOTE)} formcheck sees movement, it can’t '
        "feel your back: stop when something hurts.</footer>"
    )


def heading(text: str, lead: str = "") -> None:
    """The title of a page and, below it, what the page is for."""
    st.title(text, anchor=False)
    if lead:
        show(f'<p class="fc-lead">{html.escape(lead)}</p>')


def show(markup: str) -> None:
    """Shows HTML in the look of the app; whatever comes from outside must be escaped before."""
    st.html(f'<div class="fc">{markup}</div>')


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table that can be read aloud, scrolls sideways where it is too wide, and is escaped.

    Args:
        caption: What it shows.
        head: Names of the columns.
        rows: Cells; the first of each names its row.
    """
    columns = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{html.escape(row[0])}</th>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    show(
        f'<div class="fc-scroll" tabindex="0" role="region" aria-label="{html.escape(caption)}">'
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{columns}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def sentence(error: FormcheckError) -> str:
    """What an error says, as a sentence of its own."""
    text = words.sentence(str(error).strip())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def explain(error: Exception) -> bool:
    """Tells what went wrong while a page was drawn; for ``st.App(on_script_error=...)``.

    Returns:
        True: it is told, Streamlit need not show anything of its own.
    """
    if isinstance(error, FormcheckError):
        st.error(sentence(error), icon=":material/error:")
    else:
        st.error(
            "Something went wrong inside formcheck, so this page is not complete. Load the page "
            "again. If it happens again, close formcheck and start it anew; its window says what "
            "happened.",
            icon=":material/error:",
        )
    return True


def _drawn_elsewhere() -> None:
    raise AssertionError("a page is drawn by the function that main.py names for it")


def _style() -> str:
    """The style sheet, with the colours of both themes in front.

    Streamlit tells its theme by the ``color-scheme`` of its root, and follows the system unless
    somebody chose otherwise. Browsers without ``light-dark()`` get the system's.
    """
    light, dark = (
        " ".join(f"--fc-{name}: {getattr(of, name)};" for name in _COLOURS)
        for of in (LIGHT_PAGE, DARK_PAGE)
    )
    either = " ".join(
        f"--fc-{name}: light-dark({getattr(LIGHT_PAGE, name)}, {getattr(DARK_PAGE, name)});"
        for name in _COLOURS
    )
    return (
        f":root {{ {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f"@supports (color: light-dark(red, red)) {{ .stApp {{ {either} }} }}\n"
        f"{_STYLE.read_text('utf-8')}"
    )
