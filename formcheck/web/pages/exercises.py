"""The page "Exercises": the cards, written from the rules themselves."""

from __future__ import annotations

import re
from html import escape

import streamlit as st

from formcheck.judgement.registry import load_exercises
from formcheck.presentation.cards import Card, CheckCard, card_of
from formcheck.web.pieces import camera_place, look

_LEAD = "What each exercise is judged by, from which limits on, and where those limits come from."
_CHOSEN = "exercise"
_BOX = "exercises-chosen"
_CODE = re.compile(r"``([^`]*)``")


def page() -> None:
    """Draws the page; ``?exercise=plank`` opens it at an exercise."""
    look.heading("Exercises", _LEAD)
    exercises = load_exercises()
    asked = st.query_params.get(_CHOSEN, "")
    names = list(exercises)
    st.session_state[_BOX] = asked if asked in exercises else names[0]
    chosen = st.selectbox(
        "Exercise",
        names,
        key=_BOX,
        on_change=_picked,
        format_func=lambda name: exercises[name].title,
    )
    st.query_params[_CHOSEN] = chosen
    card = card_of(exercises[chosen])
    look.show(_about(card))
    look.show("<h2>Where the camera goes</h2>" + _text(card.sections.get("Camera", "")))
    camera_place.show(exercises[chosen])
    look.show("<h2>What it looks at</h2>" + "".join(_check(check) for check in card.checks))
    look.show(_rest(card))


def _picked() -> None:
    """The address says which one is shown, so that it can be passed on."""
    st.query_params[_CHOSEN] = st.session_state[_BOX]


def _about(card: Card) -> str:
    parts = [f"<h2>{escape(card.title)}</h2>", _text(card.lead)]
    if card.readiness:
        parts.append(f'<div class="fc-note"><h3>Before you start</h3>{_text(card.readiness)}</div>')
    parts += [_section(card, "Why", "Why"), _section(card, "What", "What is told")]
    return "".join(parts)


def _rest(card: Card) -> str:
    parts = []
    if card.easier:
        offers = "".join(
            f"<li>{escape(when)}: “{escape(phrase)}”.</li>" for when, phrase in card.easier
        )
        parts.append(f"<h2>When it gets too hard</h2><ul>{offers}</ul>")
    evidence = card.sections.get("Evidence", "")
    if evidence:
        parts.append(f"<h2>Where the limits come from</h2>{_text(evidence)}")
    parts.append(f'<p class="fc-soft">Version {escape(card.version)} of this rule.</p>')
    return "".join(parts)


def _section(card: Card, name: str, title: str) -> str:
    text = card.sections.get(name, "")
    return f"<h3>{title}</h3>{_text(text)}" if text else ""


def _check(check: CheckCard) -> str:
    said = f"You hear: <strong>“{escape(check.said)}”</strong>" if check.said else "Only shown."
    bands = "".join(
        f'<div><dt class="fc-{name}"><span aria-hidden="true">{sign}</span> {word}</dt>'
        f"<dd>{escape(band)}</dd></div>"
        for name, sign, word, band in (
            ("good", "✓", "Good", check.good),
            ("warn", "▲", "Warning", check.warn),
            ("fault", "✕", "Fault", check.fault),
        )
    )
    more = " ".join(filter(None, (check.without_neutral, check.when)))
    return (
        f'<section class="fc-check"><h3>{escape(check.title)}</h3><p class="fc-said">{said}</p>'
        f'<p class="fc-soft">Measured: {escape(check.measure)}, {escape(check.reference)}.</p>'
        f"<dl>{bands}</dl>{_text(check.why)}"
        f"<details><summary>Where the limit of “{escape(check.title)}” comes from</summary>"
        f"{_text(check.evidence)}{_text(more)}</details></section>"
    )


def _text(text: str) -> str:
    """A paragraph; what stands between double backquotes is code, as in docstrings."""
    marked = _CODE.sub(r"<code>\1</code>", escape(text))
    return f"<p>{marked}</p>" if text else ""
