"""Listens and serves until somebody stops it."""

from __future__ import annotations

import errno
import logging
import socket
import sys
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from formcheck.errors import DeviceError, InputError

__all__ = ["listening", "serve"]

_BACKLOG = 128
_MOST_BYTES = 4_000_000
"""Of one message over a socket: what is larger is not even taken into memory."""
_HERE = IPv4Address("127.0.0.1")
_LAST_WORDS_S = 3
"""How long connections may take to end when the app is stopped."""


def listening(
    port: int, *, everywhere: bool = False, host: IPv4Address | IPv6Address = _HERE
) -> socket.socket:
    """A socket that listens, on this computer alone or on all its networks.

    Args:
        port: TCP port.
        everywhere: Whether other devices may connect, over IPv4 and IPv6.
        host: At which address, when not everywhere.

    Raises:
        InputError: the port is taken, or this user may not use it.
    """
    if not everywhere:
        family = socket.AF_INET6 if host.version == 6 else socket.AF_INET
        return _listening(str(host), family, port)
    if socket.has_dualstack_ipv6():
        return _listening("::", socket.AF_INET6, port)
    return _listening("0.0.0.0", socket.AF_INET, port)


def serve(
    app: ASGIApp,
    door: socket.socket,
    files_of_tls: tuple[Path, Path] | None,
    ready: Callable[[], None],
) -> None:
    """Serves until Ctrl-C or SIGTERM, which is passed on when everything has ended.

    Args:
        app: What answers.
        door: A listening socket.
        files_of_tls: For ``https``: the files of the certificate and of its key. They are not
            needed any more when ``ready`` is called.
        ready: Called when the first visitor would be answered.

    Raises:
        DeviceError: the app could not start.
    """
    chain, key = files_of_tls or (None, None)
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    logging.getLogger("uvicorn.error").addFilter(_is_trouble)
    server = _Server(
        uvicorn.Config(
            app,
            ssl_certfile=chain,
            ssl_keyfile=key,
            ws_per_message_deflate=False,
            ws_max_size=_MOST_BYTES,
            log_config=None,
            access_log=False,
            # The gate goes by the address of a visitor: nobody may claim another one.
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_LAST_WORDS_S,
        ),
        ready,
    )
    server.run(sockets=[door])
    if not server.started:
        raise DeviceError("the app could not start; what is printed above says why")


def _is_trouble(record: logging.LogRecord) -> bool:
    """A page that is still open when the app is stopped is nothing to speak of."""
    return "graceful shutdown" not in str(record.msg)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def _listening(address: str, family: socket.AddressFamily, port: int) -> socket.socket:
    made = socket.socket(family)
    try:
        if sys.platform == "win32":
            # There the other option would let two programs listen at one port.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.bind((address, port))
        made.listen(_BACKLOG)
        made.setblocking(False)
    except OSError as error:
        made.close()
        raise InputError(_trouble(error, port)) from error
    return made


def _trouble(error: OSError, port: int) -> str:
    advice = f"choose another, e.g. --port {port + 1 if port < 65535 else 8501}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is taken, perhaps by a formcheck that still runs; stop that, or {advice}"
        )
    if error.errno == errno.EACCES:
        return f"port {port} may not be used by this account; {advice}"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this computer does not have that address; give another --host, e.g. 0.0.0.0"
    return f"port {port} can't be used ({error.strerror}); {advice}"
