"""Whether a page can be used by everybody, as far as a program can tell (axe-core)."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")
_RUN = "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)"

SIDEWAYS = """() => {
    const wide = (e) => e.scrollWidth > e.clientWidth + 1;
    const scrolls = (e) => /auto|scroll/.test(getComputedStyle(e).overflowX);
    const page = document.scrollingElement;
    const main = document.querySelector('[data-testid="stMain"]');
    return [page, main].filter((e) => e && wide(e) && (e === page || scrolls(e)))
        .map((e) => `${e.tagName} is ${e.scrollWidth} wide in ${e.clientWidth}`);
}"""


def grave_findings(page: Page) -> list[str]:
    """What axe-core calls serious or critical: the rule, and where; shadow trees included."""
    page.evaluate(Axe().axe_script)
    return [
        f"{found['id']} ({found['impact']}): {node['target']} {node['html'][:120]}"
        for found in page.evaluate(_RUN)
        if found["impact"] in GRAVE
        for node in found["nodes"]
    ]


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    return list(page.evaluate(SIDEWAYS))
