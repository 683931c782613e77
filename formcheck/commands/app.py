"""``formcheck app``: the web app, on this computer alone or for the devices of a home."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.errors import InputError

if TYPE_CHECKING:
    from formcheck.web.lan.addresses import Reach
    from formcheck.web.lan.gate import Door
    from formcheck.web.settings import Settings

DEFAULT_PORT = 8501
_HIGHEST_PORT = 65535
_NUMBERS = ("live_sessions", "max_clip_mb", "max_clip_minutes")
_MOST = 10_000


def add_to(parsers: Any) -> None:
    """Declares the command."""
    p = parsers.add_parser(
        "app",
        help="open the app in a browser",
        description="Serves the app on this computer and opens it in a browser. Other devices "
        "can't reach it, unless --lan or --sign-in is given. Stop with Ctrl-C.",
    )
    add_app_options(p)
    p.set_defaults(run=run)


def add_app_options(p: argparse.ArgumentParser) -> None:
    """The options of every command that serves the app; numbers are checked when it starts."""
    p.add_argument("--port", default=str(DEFAULT_PORT), metavar="N", help=f"({DEFAULT_PORT})")
    p.add_argument("--no-browser", action="store_true", help="only serve, open nothing")
    p.add_argument(
        "--lan",
        action="store_true",
        help="let devices of your home network in, e.g. a phone as the camera; each is paired with "
        "a code first",
    )
    p.add_argument(
        "--sign-in",
        metavar="FILE",
        help="whoever opens it signs in first, with the OpenID Connect provider that this TOML "
        "file names (docs/sign-in.md)",
    )
    p.add_argument(
        "--host",
        metavar="ADDRESS",
        help="with --sign-in: listen at this address of this computer, e.g. 0.0.0.0 (127.0.0.1)",
    )
    p.add_argument(
        "--live-sessions",
        metavar="N",
        help="how many people may train at the same time (one a processor core)",
    )
    p.add_argument("--max-clip-mb", metavar="N", help="largest clip, in megabytes (500)")
    p.add_argument("--max-clip-minutes", metavar="N", help="longest clip, in minutes (20)")
    p.add_argument("--home", metavar="DIR", help="folder for everything that you choose to keep")


def run(options: argparse.Namespace) -> int:
    """Serves the app until Ctrl-C or SIGTERM, which end it with exit code 0."""
    return serve_app(options, "/")


def serve_app(options: argparse.Namespace, page: str) -> int:
    """Serves the app.

    Args:
        options: As ``add_app_options`` declares them.
        page: The page that the browser opens first, from ``/`` on.

    Raises:
        InputError: the port is taken, or a setting can't be used.
        DeviceError: the app could not start.
    """
    port = _number("--port", options.port, _HIGHEST_PORT)
    settings = _settings(options)
    host = _host(options.host, settings)
    try:
        with _signals_like_ctrl_c(), _own_caches():
            # Before anything slow, so that a port that is taken is told at once.
            from formcheck.web import serving

            here = _reach() if settings.lan else None
            with serving.listening(port, everywhere=settings.lan, host=host) as socket:
                _serve(_Start(settings, port, page, options), socket, here)
    except KeyboardInterrupt:
        pass
    with suppress(OSError):  # The window was closed, and its terminal with it.
        print("formcheck: stopped.", flush=True)
    return 0


@dataclass(frozen=True, slots=True)
class _Start:
    """What was asked for.

    Attributes:
        settings: How the app behaves.
        port: Where it listens.
        page: What the browser opens first.
        options: The command's.
    """

    settings: Settings
    port: int
    page: str
    options: argparse.Namespace


def _serve(start: _Start, socket: Any, here: Reach | None) -> None:
    """Serves at a listening socket; ``here`` is None when other devices stay out."""
    import streamlit as st
    from streamlit.web.bootstrap import load_config_options

    from formcheck.web.app import parts, streamlit_config
    from formcheck.web.lan.certificate import write_certificate
    from formcheck.web.lan.gate import layers
    from formcheck.web.serving import serve

    load_config_options({**streamlit_config(start.port), **_FURTHER_CONFIG})
    given = parts(start.settings)
    if here is None:
        tell = _tell_local if start.settings.sign_in is None else _tell_sign_in
        serve(st.App(**given), socket, None, lambda: tell(start))
        return
    door = _door(start.port, here)
    with tempfile.TemporaryDirectory(prefix="formcheck-tls-") as folder:
        files = write_certificate(door.certificate, Path(folder))
        given["middleware"] = layers(door)

        def ready() -> None:
            for file in files:
                file.unlink()
            _tell_lan(start, door)

        serve(st.App(**given), socket, files, ready)


# Nothing of Streamlit's that a foreign config file in this folder or at home could loosen, and
# nothing that prints: its welcome asks the internet for this computer's address.
_FURTHER_CONFIG = {
    "logger.hideWelcomeMessage": True,
    "logger.level": "error",
    "server.baseUrlPath": "",
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.enableStaticServing": False,
    "secrets.files": [],
    "global.developmentMode": False,
}


def _settings(options: argparse.Namespace) -> Settings:
    from formcheck.web.settings import settings_from

    settings = settings_from(os.environ)
    given: dict[str, Any] = {
        name: _number(f"--{name.replace('_', '-')}", getattr(options, name), _MOST)
        for name in _NUMBERS
        if getattr(options, name) is not None
    }
    if options.home is not None:
        given["home"] = Path(options.home).expanduser()
    if options.sign_in is not None:
        from formcheck.web.signin.setup import read_sign_in

        given["sign_in"] = read_sign_in(Path(options.sign_in).expanduser())
    settings = replace(settings, lan=options.lan, **given)
    _check_home(settings.home)
    _check_ways_in(settings)
    return settings


def _check_ways_in(settings: Settings) -> None:
    """Who may come in is said in one way."""
    if settings.sign_in is None:
        return
    from formcheck.web.signin.setup import check_installed

    if settings.lan:
        raise InputError(
            "--lan pairs devices, whoever holds them; with --sign-in people show who they are. "
            "Give one of the two"
        )
    check_installed()


def _host(words: str | None, settings: Settings) -> IPv4Address | IPv6Address:
    """The address to listen at; another than this computer's own only where one signs in."""
    try:
        host = ip_address("127.0.0.1" if words is None else words)
    except ValueError:
        raise InputError(f"--host {words} is no address; give e.g. 0.0.0.0") from None
    if host.is_loopback:
        return host
    if settings.sign_in is None:
        raise InputError(
            "--host lets other computers in, so everybody has to sign in first: give --sign-in as "
            "well, or --lan for the devices of your home"
        )
    if not settings.sign_in.secure:
        raise InputError(
            f"--host {words} lets other computers in, so redirect_uri has to begin with https://"
        )
    return host


def _number(option: str, words: str, most: int) -> int:
    if not (words.isascii() and words.isdecimal()) or not 1 <= int(words) <= most:
        raise InputError(f"{option} {words} can't be used; give a whole number from 1 to {most}")
    return int(words)


def _check_home(home: Path) -> None:
    """Whether things can be kept there; makes nothing, as nothing may ever be kept."""
    above = (home.absolute(), *home.absolute().parents)
    there = next(p for p in above if os.access(p, os.F_OK))
    if not there.is_dir():
        raise InputError(
            f"{there} is a file, so nothing can be kept in {home}; give another --home"
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputError(f"nothing can be written to {there}; give another folder with --home")


def _tell_local(start: _Start) -> None:
    address = f"http://127.0.0.1:{start.port}"
    print(
        f"formcheck runs at {address}\n"
        "Only this computer can open it. To stop it, press Ctrl-C here.",
        flush=True,
    )
    _open(start, address + start.page)


def _tell_sign_in(start: _Start) -> None:
    assert start.settings.sign_in is not None
    setup = start.settings.sign_in
    others = "Only this computer can open it, and whoever" if setup.here else "Whoever"
    print(
        f"formcheck runs at {setup.origin} (here: port {start.port})\n"
        f"{others} does so signs in first. To stop it, press Ctrl-C here.",
        flush=True,
    )
    _open(start, setup.origin + start.page)


def _reach() -> Reach:
    from formcheck.web.lan.addresses import reach

    here = reach()
    if not here.addresses:
        raise InputError(
            "this computer is in no network, so no other device can reach it; connect it to your "
            "Wi-Fi, or start without --lan"
        )
    return here


def _door(port: int, here: Reach) -> Door:
    from datetime import datetime, timezone

    from formcheck.web.lan.certificate import make_certificate
    from formcheck.web.lan.gate import Door
    from formcheck.web.lan.pairing import Pairing

    loopback = (ip_address("127.0.0.1"), ip_address("::1"))
    first = here.addresses[0]
    return Door(
        Pairing(on_paired=lambda address: _tell_paired(here.is_here(address), address)),
        here,
        f"https://{f'[{first}]' if first.version == 6 else first}:{port}",
        make_certificate(
            ["localhost", *here.names],
            [*loopback, *here.addresses],
            datetime.now(timezone.utc),
        ),
    )


def _tell_lan(start: _Start, door: Door) -> None:
    from formcheck.web.lan.gate import pair_url

    here = f"https://127.0.0.1:{start.port}"
    print(
        f"formcheck runs for your home network at {door.address}\n"
        "To stop it, press Ctrl-C here.\n\n"
        "Browsers warn that they do not know its certificate. That is expected: it was made a "
        "moment\nago for this run alone. To be sure, compare its SHA-256 fingerprint:\n"
        f"{_in_two_lines(door.certificate.fingerprint)}\n",
        flush=True,
    )
    print(
        "An iPhone shows this one when it installs the certificate:\n"
        f"{_in_two_lines(door.certificate.authority_fingerprint)}\n",
        flush=True,
    )
    others = [str(a) for a in door.reach.addresses[1:]]
    if others:
        print(f"Further addresses of this computer: {', '.join(others)}\n", flush=True)
    _show_code(door)
    asks = sys.stdin is not None and sys.stdin.isatty()
    where = "press Enter here, or " if asks else ""
    print(f"For another code {where}open {here}/formcheck/pair on this computer.", flush=True)
    if asks:
        threading.Thread(target=_show_codes, args=(door,), daemon=True).start()
    if not start.options.no_browser:
        _open(start, pair_url(here, door.pairing.new_code()))


def _show_code(door: Door) -> None:
    """A new code, as a picture for a camera and in letters."""
    from formcheck.web.lan.gate import PAIR_PATH, pair_url
    from formcheck.web.lan.pairing import spelled

    code = door.pairing.new_code()
    print("A phone or tablet in the same Wi-Fi is paired by scanning this with its camera:\n")
    _print_picture(pair_url(door.address, code))
    print(
        f"\nOr open {door.address}{PAIR_PATH} there and type {spelled(code)}\n"
        "The code pairs one device, within ten minutes.\n",
        flush=True,
    )


def _print_picture(words: str) -> None:
    import io

    import segno

    drawn = io.StringIO()
    segno.make(words, error="l").terminal(out=drawn, compact=True)
    # White on black, whatever the colours of the terminal: cameras read no negative.
    colour, end = ("\033[97;40m", "\033[0m") if sys.stdout.isatty() else ("", "")
    try:
        for line in drawn.getvalue().splitlines():
            print(f"  {colour}{line}{end}")
    except UnicodeEncodeError:
        print("  (this terminal can't draw the picture)")


def _show_codes(door: Door) -> None:
    """One more code for every Enter.

    Reads the file itself: a thread that waits in ``sys.stdin`` holds its lock when Python ends.
    """
    try:
        while os.read(sys.stdin.fileno(), 1024):
            _show_code(door)
    except OSError:
        return


def _tell_paired(is_here: bool, address: str) -> None:
    who = "this computer's browser" if is_here else f"a device at {address.removeprefix('::ffff:')}"
    with suppress(OSError):
        print(f"formcheck: paired {who}.", flush=True)


def _in_two_lines(fingerprint: str) -> str:
    half = len(fingerprint) // 2 + 1
    return f"  {fingerprint[:half]}\n  {fingerprint[half:]}"


def _open(start: _Start, address: str) -> None:
    """Opens the browser; a computer without one, or one that hangs, keeps nobody from the app."""
    if start.options.no_browser:
        return
    threading.Thread(target=_try_browser, args=(address,), daemon=True).start()


def _try_browser(address: str, opener: Callable[[str], bool] | None = None) -> None:
    import webbrowser

    try:
        opened = (opener or webbrowser.open)(address)
    except Exception:
        opened = False
    if not opened:
        print(f"No browser could be opened here; open this yourself: {address}", flush=True)


@contextmanager
def _own_caches() -> Iterator[None]:
    """Matplotlib keeps a list of fonts in the user's folder; here it goes when the app ends."""
    if "MPLCONFIGDIR" in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="formcheck-cache-") as folder:
        os.environ["MPLCONFIGDIR"] = folder
        try:
            yield
        finally:
            del os.environ["MPLCONFIGDIR"]


@contextmanager
def _signals_like_ctrl_c() -> Iterator[None]:
    """Being asked to end by the system, or by closing the window, is like Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread may handle signals.
        return

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    def pass_on(number: int, frame: object) -> None:
        # The server takes SIGTERM over while it runs, and ends in good order.
        signal.raise_signal(signal.SIGTERM)

    handlers: dict[signal.Signals, Any] = {signal.SIGTERM: stop}
    if sys.platform != "win32":
        # A program in the background that reads from its terminal would be halted.
        handlers |= {signal.SIGHUP: pass_on, signal.SIGTTIN: signal.SIG_IGN}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
