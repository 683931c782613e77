"""Colours and type of the app, as Streamlit's own settings."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.presentation.palette import DARK_PAGE, LIGHT_PAGE, SERIES, PageColours

__all__ = ["theme_config"]


@dataclass(frozen=True, slots=True)
class _Tint:
    """Grounds of a message, thin enough for the text on them to stay legible."""

    good: str
    warn: str
    fault: str
    link: str


_LIGHT_TINT = _Tint(good="#e3f4ee", warn="#fbf1d9", fault="#fcebe4", link="#e6effa")
_DARK_TINT = _Tint(good="#10332b", warn="#3a300f", fault="#412117", link="#16293f")


def theme_config() -> dict[str, object]:
    """The theme for light and dark, keyed by dotted option name.

    ``.streamlit/config.toml`` says the same for ``streamlit run``.
    """
    return {
        "theme.baseRadius": "0.6rem",
        "theme.showWidgetBorder": True,
        "theme.linkUnderline": True,
        "theme.headingFontSizes": ["2rem", "1.4rem", "1.15rem", "1rem", "1rem", "1rem"],
        "theme.headingFontWeights": [600, 600, 600, 600, 600, 600],
        "theme.chartCategoricalColors": list(SERIES),
        **_one("light", LIGHT_PAGE, _LIGHT_TINT),
        **_one("dark", DARK_PAGE, _DARK_TINT),
    }


def _one(name: str, colours: PageColours, tint: _Tint) -> dict[str, object]:
    options = {
        "primaryColor": colours.link,
        "backgroundColor": colours.ground,
        "secondaryBackgroundColor": colours.raised,
        "textColor": colours.ink,
        "borderColor": colours.line,
        "linkColor": colours.link,
        "greenColor": colours.good,
        "greenTextColor": colours.good,
        "greenBackgroundColor": tint.good,
        "yellowColor": colours.warn,
        "yellowTextColor": colours.warn,
        "yellowBackgroundColor": tint.warn,
        "redColor": colours.fault,
        "redTextColor": colours.fault,
        "redBackgroundColor": tint.fault,
        "blueColor": colours.link,
        "blueTextColor": colours.link,
        "blueBackgroundColor": tint.link,
        "grayTextColor": colours.soft,
    }
    return {f"theme.{name}.{option}": value for option, value in options.items()}
