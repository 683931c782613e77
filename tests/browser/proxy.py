"""A wire between browser and app that can be cut."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType


class Proxy:
    """Passes connections on to the app; while it is cut, nothing passes and nothing connects.

    Args:
        port: Of the app, on this machine.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._lock = threading.Lock()
        self._wires: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._flowing = threading.Event()
        self._flowing.set()
        with socket.socket() as any_port:
            any_port.bind(("127.0.0.1", 0))
            self.port = int(any_port.getsockname()[1])
        self.mend()

    @property
    def address(self) -> str:
        """Where it answers in the app's place."""
        return f"http://127.0.0.1:{self.port}"

    def hush(self) -> None:
        """Holds everything back and breaks nothing, as a wireless network does for a while."""
        self._flowing.clear()

    def cut(self) -> None:
        """Breaks every connection and takes no new ones."""
        with self._lock:
            if self._listener is not None:
                with suppress(OSError):
                    self._listener.shutdown(socket.SHUT_RDWR)
                self._listener.close()
                self._listener = None
            wires, self._wires = self._wires, []
        for wire in wires:
            with suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
            wire.close()

    def mend(self) -> None:
        """Lets everything through again."""
        self._flowing.set()
        if self._listener is not None:
            return
        listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        with self._lock:
            self._listener = listener
        self._run(self._accept, listener)

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._flowing.set()
        self.cut()
        for thread in self._threads:
            thread.join(5.0)

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            with self._lock:
                if self._listener is not listener:
                    near.close()
                    far.close()
                    return
                self._wires += [near, far]
            self._run(self._pass, near, far)
            self._run(self._pass, far, near)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)
