"""A device of the home network: it is refused, paired, and then it is the camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from accessible import grave_findings, too_wide
from app_pages import settled
from live_session import open_live, start
from playwright.sync_api import Browser, Page, expect
from started_app import StartedApp
from visit import NARROW, PROBE, Visit

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
NewPhone = Callable[..., Visit]


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedApp]:
    with StartedApp(tmp_path_factory.mktemp("lan"), "--lan") as app:
        yield app
        assert app.stop() == 0, app.printed


@pytest.fixture
def new_phone(lan: StartedApp, browser: Browser) -> Iterator[NewPhone]:
    """Makes devices whose users accept the certificate that their browser does not know."""
    phones: list[Visit] = []

    def begin(**how: object) -> Visit:
        context = browser.new_context(
            ignore_https_errors=True,
            viewport={"width": NARROW[0], "height": NARROW[1]},
            permissions=["camera"],
            reduced_motion="reduce",
            **how,  # type: ignore[arg-type]
        )
        context.set_default_timeout(30_000)
        context.add_init_script(PROBE)
        phones.append(Visit(lan.address, context, context.new_page()))
        return phones[-1]

    yield begin
    for phone in phones:
        phone.context.close()


def usable(page: Page) -> None:
    assert [*grave_findings(page), *too_wide(page)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_whoever_is_not_paired_is_told_what_to_do(new_phone: NewPhone, scheme: str) -> None:
    phone = new_phone(color_scheme=scheme)
    page = phone.open("/live")
    expect(page.get_by_role("heading")).to_have_text("This device is not paired")
    usable(page)
    page.get_by_role("link", name="Enter a pairing code").click()
    page.get_by_label("Pairing code").fill("00000-00000")
    page.get_by_role("button", name="Pair this device").click()
    expect(page.get_by_role("alert")).to_contain_text("That is not the code")
    usable(page)


def test_a_phone_is_paired_by_the_picture_and_then_it_is_the_camera(
    lan: StartedApp, new_phone: NewPhone
) -> None:
    phone = new_phone()
    page = phone.open(f"/formcheck/pair?code={lan.code.replace('-', '')}")
    usable(page)
    page.get_by_role("button").click()  # there is one alone
    expect(settled(page).get_by_role("heading", level=1)).to_have_text("How do you want to train?")
    assert page.evaluate("isSecureContext")
    assert "device" not in page.evaluate("document.cookie")  # no script reads it
    start(open_live(phone))

    # This computer shows codes for further devices; the phone's own browser is on it here.
    page = phone.open("/formcheck/pair")
    usable(page)
    page.get_by_role("button", name="Show a code").click()
    usable(page)
    second = new_phone(user_agent=IPHONE)
    page_of_second = second.open("/formcheck/pair")
    page_of_second.get_by_label("Pairing code").fill(page.locator(".code").inner_text())
    page_of_second.get_by_role("button", name="Pair this device").click()
    expect(page_of_second.get_by_role("heading", level=1)).to_have_text("This device is paired")
    page_of_second.get_by_role("link", name="Open formcheck").click()
    expect(settled(page_of_second).get_by_role("heading", level=1)).to_be_visible()
