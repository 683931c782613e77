"""Who comes in from the local network, and who does not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from formcheck.web.lan import gate
from formcheck.web.lan.addresses import Reach, reach_from
from formcheck.web.lan.certificate import make_certificate
from formcheck.web.lan.gate import ANOTHER_PATH, CERTIFICATE_PATH, COOKIE, PAIR_PATH, Door, layers
from formcheck.web.lan.pairing import (
    ALPHABET,
    CODE_LENGTH,
    CODE_S,
    DEVICE_S,
    LOCK_S,
    TRIES_OF_ALL,
    TRIES_OF_ONE,
    Answer,
    Pairing,
    code_from,
    lan_hosts,
    spelled,
)

PHONE, OTHER, HERE = "192.168.1.77", "192.168.1.78", "192.168.1.20"
WRONG = "0" * CODE_LENGTH
HOST = f"{HERE}:8501"
REACH = Reach(
    (ip_address(HERE), ip_address("2001:db8:0:1::20")),
    (ip_network("192.168.1.0/24"), ip_network("2001:db8:0:1::/64")),
    ("attic", "attic.local"),
)
ANDROID = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5) AppleWebKit/605.1 Version/18.5 Safari/604.1"


class Clock:
    """Time that a test turns on."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pairing(clock: Clock) -> Pairing:
    return Pairing(clock)


# -- codes and devices ---------------------------------------------------------------------------


def test_a_code_is_short_to_type_and_none_is_like_another(pairing: Pairing) -> None:
    codes = {pairing.new_code() for _ in range(20)}
    assert len(codes) == 20
    for code in codes:
        assert len(code) == CODE_LENGTH
        assert set(code) <= set(ALPHABET)
    assert set("OIL").isdisjoint(ALPHABET)


def test_the_right_code_pairs_one_device_once(pairing: Pairing) -> None:
    code = pairing.new_code()
    first = pairing.try_code(code, PHONE)
    assert first.answer is Answer.RIGHT
    assert first.token is not None
    assert len(first.token) >= 43  # 256 bits in base 64
    assert pairing.is_paired(first.token)
    second = pairing.try_code(code, OTHER)
    assert (second.answer, second.token) == (Answer.USED, None)


def test_a_code_is_read_as_a_person_types_it(pairing: Pairing) -> None:
    code = pairing.new_code()
    typed = f" {spelled(code).lower().replace('0', 'o').replace('1', 'l')} "
    assert pairing.try_code(typed, PHONE).answer is Answer.RIGHT


def test_letters_that_look_like_digits_are_those_digits() -> None:
    assert code_from("oO0il-1abcd") == "000111ABCD"


@pytest.mark.parametrize("words", ["", "ABC", "ABCDE-FGHJK7", "ABCDEFGHU!", "ÄBCDEFGHJK", "٣" * 10])
def test_what_can_be_no_code_is_none(words: str, pairing: Pairing) -> None:
    assert code_from(words) == ""
    pairing.new_code()
    assert pairing.try_code(words, PHONE).answer is Answer.WRONG


def test_an_expired_code_is_refused(pairing: Pairing, clock: Clock) -> None:
    early, late = pairing.new_code(), pairing.new_code()
    clock.now_s += CODE_S - 0.1
    assert pairing.try_code(early, PHONE).answer is Answer.RIGHT
    clock.now_s += 0.2
    assert pairing.try_code(late, PHONE).answer is Answer.EXPIRED


def test_a_token_ends_and_a_foreign_one_never_began(pairing: Pairing, clock: Clock) -> None:
    token = pairing.try_code(pairing.new_code(), PHONE).token
    assert token is not None
    assert not pairing.is_paired("")
    assert not pairing.is_paired(token[:-1])
    clock.now_s += DEVICE_S
    assert not pairing.is_paired(token)


def test_a_restart_forgets_codes_and_devices(pairing: Pairing, clock: Clock) -> None:
    token = pairing.try_code(pairing.new_code(), PHONE).token
    code = pairing.new_code()
    restarted = Pairing(clock)
    assert token is not None
    assert not restarted.is_paired(token)
    assert restarted.try_code(code, PHONE).answer is Answer.WRONG


def test_wrong_codes_slow_down_then_lock_that_address_alone(pairing: Pairing, clock: Clock) -> None:
    code = pairing.new_code()
    waits = [pairing.try_code(WRONG, PHONE).wait_s for _ in range(TRIES_OF_ONE)]
    assert waits == sorted(waits)
    assert waits[-1] > 4 * waits[0] > 0
    locked = pairing.try_code(code, PHONE)
    assert locked.answer is Answer.LOCKED
    assert 0 < locked.wait_s <= LOCK_S
    assert pairing.try_code(code, OTHER).answer is Answer.RIGHT
    clock.now_s += LOCK_S
    assert pairing.try_code(pairing.new_code(), PHONE).answer is Answer.RIGHT


def test_guessing_from_many_addresses_locks_everybody_and_withdraws_the_codes(
    pairing: Pairing, clock: Clock
) -> None:
    code = pairing.new_code()
    for i in range(TRIES_OF_ALL):
        assert pairing.try_code(WRONG, f"192.168.1.{i + 100}").answer is Answer.WRONG
    assert pairing.try_code(code, OTHER).answer is Answer.LOCKED
    assert pairing.try_code(pairing.new_code(), OTHER).answer is Answer.LOCKED
    clock.now_s += LOCK_S
    assert pairing.try_code(code, OTHER).answer is Answer.WRONG
    assert pairing.try_code(pairing.new_code(), OTHER).answer is Answer.RIGHT


def test_an_address_that_changes_within_its_network_is_one_guesser(pairing: Pairing) -> None:
    for i in range(TRIES_OF_ONE):
        pairing.try_code(WRONG, f"2001:db8:0:1::{i + 1}")
    assert pairing.try_code(pairing.new_code(), "2001:db8:0:1:9::9").answer is Answer.LOCKED
    assert pairing.try_code(pairing.new_code(), "2001:db8:0:2::1").answer is Answer.RIGHT


def test_the_same_address_told_as_ipv6_is_the_same_guesser(pairing: Pairing) -> None:
    for _ in range(TRIES_OF_ONE):
        pairing.try_code(WRONG, f"::ffff:{PHONE}")
    assert pairing.try_code(pairing.new_code(), PHONE).answer is Answer.LOCKED


def test_who_was_paired_is_told() -> None:
    told: list[str] = []
    pairing = Pairing(on_paired=told.append)
    pairing.try_code(WRONG, OTHER)
    pairing.try_code(pairing.new_code(), PHONE)
    assert told == [PHONE]


# -- addresses -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    address: str
    netmask: str | None


def test_the_address_of_the_home_network_comes_before_those_of_bridges_and_tunnels() -> None:
    found = reach_from(
        {
            "lo": [Entry("127.0.0.1", "255.0.0.0"), Entry("::1", None)],
            "docker0": [Entry("172.17.0.1", "255.255.0.0")],
            "wlan0": [
                Entry("fe80::1%wlan0", "ffff:ffff:ffff:ffff::"),
                Entry("2001:db8:0:1::20", "ffff:ffff:ffff:ffff::"),
                Entry("192.168.1.20", "255.255.255.0"),
                Entry("02:fc:00:00:00:01", None),
            ],
        },
        "Attic.fritz.box",
    )
    assert [str(a) for a in found.addresses] == ["192.168.1.20", "2001:db8:0:1::20", "172.17.0.1"]
    assert ip_network("2001:db8:0:1::/64") in found.networks
    assert found.names == ("attic.fritz.box", "attic", "attic.local")


@pytest.mark.parametrize("name", ["localhost", "", "10.0.0.1", "bad name", "bü"])
def test_a_host_name_that_browsers_could_not_use_is_left_out(name: str) -> None:
    assert reach_from({}, name).names == ()


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        (PHONE, True),
        (f"::ffff:{PHONE}", True),
        ("fe80::5%eth0", True),
        ("2001:db8:0:1::5", True),
        ("10.3.2.1", True),
        ("8.8.8.8", False),
        ("::ffff:8.8.8.8", False),
        ("2a00:1450:4001::5", False),
        ("testclient", False),
        ("", False),
    ],
)
def test_the_internet_is_not_near(address: str, near: bool) -> None:
    assert REACH.is_near(address) is near


def test_the_hosts_are_this_computers_and_no_other() -> None:
    assert lan_hosts(REACH) == {
        "127.0.0.1",
        "localhost",
        "[::1]",
        "attic",
        "attic.local",
        HERE,
        "[2001:db8:0:1::20]",
    }


# -- the gate ------------------------------------------------------------------------------------


class Gated:
    """An app behind the gate, and devices that ask it."""

    def __init__(self, pairing: Pairing) -> None:
        self.reached: list[str] = []
        self.held_back_s: list[float] = []
        self.pairing = pairing
        door = Door(
            pairing,
            REACH,
            f"https://{HOST}",
            make_certificate(["localhost"], REACH.addresses, datetime.now(timezone.utc)),
        )
        self.door = door
        self.app = Starlette(
            routes=[
                Route("/{rest:path}", self._answer, methods=["GET", "POST"]),
                WebSocketRoute("/_stcore/stream", self._talk),
            ],
            middleware=layers(door),
        )

    def device(self, address: str = PHONE, agent: str = ANDROID) -> TestClient:
        return TestClient(
            self.app,
            base_url=f"https://{HOST}",
            headers={"User-Agent": agent},
            client=(address, 50000),
            follow_redirects=False,
        )

    def paired(self, address: str = PHONE) -> TestClient:
        device = self.device(address)
        assert pair(device, self.pairing.new_code()).status_code == 303
        return device

    async def _answer(self, request: Any) -> PlainTextResponse:
        self.reached.append(request.url.path)
        return PlainTextResponse("inside")

    async def _talk(self, socket: WebSocket) -> None:
        self.reached.append(socket.url.path)
        await socket.accept()
        await socket.send_text("inside")
        await socket.close()


@pytest.fixture
def gated(pairing: Pairing, monkeypatch: pytest.MonkeyPatch) -> Gated:
    made = Gated(pairing)

    async def sleep(seconds: float) -> None:
        made.held_back_s.append(seconds)

    monkeypatch.setattr(gate, "_hold_back", sleep)
    return made


def pair(device: TestClient, code: str, **headers: str) -> Any:
    return device.post(
        PAIR_PATH,
        data={"code": code},
        headers={"Origin": f"https://{HOST}", "Sec-Fetch-Site": "same-origin", **headers},
    )


PATHS = ["/", "/video", "/static/index.html", "/_stcore/health", "/formcheck/voice/go.wav"]
ODD = ["/formcheck/pair/", "/formcheck/pairs", "//formcheck/pair", "/formcheck/pair%2f..%2f"]


@pytest.mark.parametrize("path", [*PATHS, *ODD, ANOTHER_PATH, CERTIFICATE_PATH])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "DELETE"])
def test_without_a_code_nothing_answers(gated: Gated, path: str, method: str) -> None:
    answer = gated.device().request(method, path, headers={"Origin": f"https://{HOST}"})
    assert answer.status_code == 403
    assert gated.reached == []
    assert "inside" not in answer.text


def test_whoever_is_refused_is_told_what_to_do(gated: Gated) -> None:
    answer = gated.device().get("/")
    assert "scan the code" in answer.text
    assert f'href="{PAIR_PATH}"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_socket_without_the_cookie_is_refused_before_it_opens(gated: Gated) -> None:
    for headers in ({}, {"Cookie": f"{COOKIE}=guess"}):
        with (
            pytest.raises(WebSocketDisconnect),
            gated.device().websocket_connect(
                f"wss://{HOST}/_stcore/stream", headers={"Origin": f"https://{HOST}", **headers}
            ),
        ):
            raise AssertionError("it was opened")
    assert gated.reached == []


def test_a_paired_device_reaches_pages_and_sockets(gated: Gated) -> None:
    device = gated.paired()
    assert device.get("/").text == "inside"
    with device.websocket_connect(
        f"wss://{HOST}/_stcore/stream", headers={"Origin": f"https://{HOST}"}
    ) as socket:
        assert socket.receive_text() == "inside"
    assert gated.reached == ["/", "/_stcore/stream"]


def test_the_cookie_is_for_this_host_over_https_and_no_script(gated: Gated) -> None:
    answer = pair(gated.device(), gated.pairing.new_code())
    assert answer.headers["Location"] == "/"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert COOKIE.startswith("__Host-")
    for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert word in cookie
    assert "Domain" not in cookie


def test_opening_the_address_of_the_picture_uses_nothing_up(gated: Gated) -> None:
    code = gated.pairing.new_code()
    for _ in range(3):  # e.g. the preview of a messenger
        page = gated.device(OTHER).get(f"{PAIR_PATH}?code={code}")
        assert page.status_code == 200
        assert "Set-Cookie" not in page.headers
        assert f'name="code" value="{code}"' in page.text
        assert re.findall(r"<button[^>]*>([^<]*)", page.text) == ["Pair this device"]
    assert pair(gated.device(), code).status_code == 303


def test_without_a_picture_the_code_is_typed(gated: Gated) -> None:
    page = gated.device().get(PAIR_PATH)
    assert '<label for="code">' in page.text
    assert 'type="hidden"' not in page.text


def test_words_in_the_address_do_not_come_back_in_the_page(gated: Gated) -> None:
    page = gated.device().get(PAIR_PATH, params={"code": '"><script>alert(1)</script>'})
    assert "<script" not in page.text
    assert "alert(1)" not in page.text


def test_a_used_code_pairs_no_second_device(gated: Gated) -> None:
    code = gated.pairing.new_code()
    pair(gated.device(), code)
    second = gated.device(OTHER)
    answer = pair(second, code)
    assert answer.status_code == 403
    assert "used already" in answer.text
    assert second.get("/").status_code == 403


def test_an_expired_code_pairs_nothing(gated: Gated, clock: Clock) -> None:
    code = gated.pairing.new_code()
    clock.now_s += CODE_S + 1
    device = gated.device()
    answer = pair(device, code)
    assert answer.status_code == 403
    assert "older than ten minutes" in answer.text
    assert device.get("/").status_code == 403


def test_wrong_codes_wait_and_then_lock(gated: Gated) -> None:
    device = gated.device()
    for _ in range(TRIES_OF_ONE):
        answer = pair(device, WRONG)
        assert answer.status_code == 403
        assert "not the code" in answer.text
    assert gated.held_back_s == sorted(gated.held_back_s)
    assert len(gated.held_back_s) == TRIES_OF_ONE
    assert gated.held_back_s[0] > 0
    locked = pair(device, gated.pairing.new_code())
    assert locked.status_code == 429
    assert "Wait 10 min" in locked.text
    assert "Set-Cookie" not in locked.headers
    assert device.get("/").status_code == 403


def test_a_restart_forgets_every_device(gated: Gated) -> None:
    before = gated.paired()
    after = Gated(Pairing()).device()
    after.cookies = before.cookies
    assert before.get("/").status_code == 200
    assert after.get("/").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "https://evil.example", "Host": "evil.example"},
    ],
)
def test_a_form_of_another_page_pairs_nothing(gated: Gated, headers: dict[str, str]) -> None:
    code = gated.pairing.new_code()
    answer = pair(gated.device(), code, **headers)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert pair(gated.device(), code).status_code == 303  # it was not used up


def test_too_much_is_not_read(gated: Gated) -> None:
    assert pair(gated.device(), "A" * 5000).status_code == 413


def test_the_internet_is_refused_even_with_the_code_and_the_cookie(gated: Gated) -> None:
    far = gated.device("8.8.8.8")
    answer = pair(far, gated.pairing.new_code())
    assert answer.status_code == 403
    assert "same Wi-Fi" in answer.text
    far.cookies = gated.paired().cookies
    assert far.get("/").status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        far.websocket_connect(
            f"wss://{HOST}/_stcore/stream", headers={"Origin": f"https://{HOST}"}
        ),
    ):
        raise AssertionError("it was opened")


def test_nobody_claims_to_be_nearer_than_they_are(gated: Gated) -> None:
    answer = gated.device("8.8.8.8").get("/", headers={"X-Forwarded-For": "127.0.0.1"})
    assert "same Wi-Fi" in answer.text


def test_a_foreign_name_for_this_computer_is_refused(gated: Gated) -> None:
    device = gated.paired()
    assert device.get("/", headers={"Host": "evil.example:8501"}).status_code == 403
    assert device.get("/", headers={"Host": "attic.local:8501"}).status_code == 200


def test_safari_is_told_of_the_certificate_others_go_straight_in(gated: Gated) -> None:
    iphone = gated.device(agent=IPHONE)
    answer = pair(iphone, gated.pairing.new_code())
    assert answer.headers["Location"] == PAIR_PATH
    page = iphone.get(PAIR_PATH)
    assert "This device is paired" in page.text
    # It is compared with the computer's window: one in between would show one that fits.
    assert gated.door.certificate.authority_fingerprint not in page.text
    file = iphone.get(CERTIFICATE_PATH)
    assert file.content == gated.door.certificate.authority_der
    assert file.headers["Content-Type"] == "application/x-x509-ca-cert"


def test_a_code_for_another_device_is_shown_on_this_computer_alone(gated: Gated) -> None:
    origin = {"Origin": f"https://{HOST}"}
    assert gated.paired().post(ANOTHER_PATH, headers=origin).status_code == 403
    here = gated.paired("127.0.0.1")
    assert ANOTHER_PATH in here.get(PAIR_PATH).text
    shown = here.post(ANOTHER_PATH, headers=origin)
    assert shown.status_code == 200
    assert "<svg" in shown.text
    code = re.search(r'class="code">([0-9A-Z-]+)<', shown.text)
    assert code is not None
    assert pair(gated.device(OTHER), code[1]).status_code == 303


def test_own_pages_ask_nothing_of_any_other_address(gated: Gated) -> None:
    here = gated.paired(HERE)
    pages = [
        gated.device().get(PAIR_PATH),
        gated.device().get("/"),
        here.get(PAIR_PATH),
        here.post(ANOTHER_PATH, headers={"Origin": f"https://{HOST}"}),
    ]
    for page in pages:
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert not re.search(r"(src|href|action)=\"(?!/)", page.text)
        assert "<script" not in page.text
