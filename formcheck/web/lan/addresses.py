"""Where this computer is reached in its own network, and who is near enough to come in."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import psutil

__all__ = ["Address", "Reach", "reach", "reach_from", "without_zone"]

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

# Bridges and tunnels of virtual machines, containers and VPNs: real addresses that a phone in the
# same room can't reach.
_VIRTUAL = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "tun", "tap", "utun", "vethernet")


@dataclass(frozen=True, slots=True)
class Reach:
    """How the devices of a home reach this computer.

    Attributes:
        addresses: Its addresses there, the likeliest first; never loopback, never an IPv6
            link-local one (no browser takes those).
        networks: What counts as near besides the private address ranges.
        names: Its host names, in lower case.
    """

    addresses: tuple[Address, ...]
    networks: tuple[Network, ...]
    names: tuple[str, ...]

    def is_near(self, address: str) -> bool:
        """Whether a client at ``address`` is of this computer or of its own network.

        A router may hand out public IPv6 addresses, at which the whole internet could knock.
        """
        found = without_zone(address)
        if found is None:
            return False
        return (
            found.is_loopback
            or found.is_link_local
            or found.is_private
            or any(found in network for network in self.networks)
        )

    def is_here(self, address: str) -> bool:
        """Whether ``address`` is this computer itself."""
        found = without_zone(address)
        return found is not None and (found.is_loopback or found in self.addresses)


def without_zone(address: str) -> Address | None:
    """The address as a number: without ``%eth0``, and IPv4 told as IPv6 turned back; else None."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def reach() -> Reach:
    """How this computer is reached now; asks the system, sends nothing."""
    working = psutil.net_if_stats()
    return reach_from(
        {
            name: entries
            for name, entries in psutil.net_if_addrs().items()
            if name not in working or working[name].isup
        },
        socket.gethostname(),
    )


def reach_from(interfaces: Mapping[str, Iterable[Any]], host_name: str) -> Reach:
    """Sorts the addresses of network interfaces.

    Args:
        interfaces: As ``psutil.net_if_addrs()`` gives them: name -> entries with ``address`` and
            ``netmask``.
        host_name: The computer's own name.
    """
    found: list[tuple[tuple[bool, bool, bool], Address, Network | None]] = []
    for name, entries in interfaces.items():
        for entry in entries:
            address = without_zone(entry.address)
            if address is None or address.is_loopback or address.is_unspecified:
                continue
            if isinstance(address, ipaddress.IPv6Address) and address.is_link_local:
                continue
            unlikely = (
                name.lower().startswith(_VIRTUAL),
                address.version == 6,
                address.is_link_local or not address.is_private,
            )
            found.append((unlikely, address, _network(address, entry.netmask)))
    found.sort(key=lambda one: one[0])
    return Reach(
        addresses=tuple(dict.fromkeys(address for _, address, _ in found)),
        networks=tuple(dict.fromkeys(network for _, _, network in found if network is not None)),
        names=_names(host_name),
    )


def _network(address: Address, netmask: str | None) -> Network | None:
    """The network of an address; psutil tells IPv6's mask as an address, ``ip_network`` no more."""
    if not netmask:
        return None
    try:
        bits = bin(int(ipaddress.ip_address(netmask.partition("/")[0]))).count("1")
        return ipaddress.ip_network((address, bits), strict=False)
    except ValueError:
        return None


def _names(host_name: str) -> tuple[str, ...]:
    """The computer's name, bare and as multicast DNS tells it."""
    name = host_name.strip().lower().rstrip(".")
    if not name or not all(c.isascii() and (c.isalnum() or c in "-.") for c in name):
        return ()
    if name == "localhost" or without_zone(name) is not None:
        return ()
    bare = name.partition(".")[0]
    return tuple(dict.fromkeys((name, bare, f"{bare}.local")))
