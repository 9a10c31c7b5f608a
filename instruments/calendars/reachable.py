"""Which network addresses may be asked for a calendar: those that anybody may ask, and what the operator allows. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

# An IPv4 address at the end of an IPv6 one: a translator would reach it.
TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("::ffff:0:0:0/96"))
# Tunnels, local translators, and blocks that older Pythons do not know to be special.
NEVER = tuple(
    IPv6Network(text)
    for text in (
        "2001::/32",
        "2002::/16",
        "64:ff9b:1::/48",
        "100::/64",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
) + tuple(IPv4Network(text) for text in ("192.0.0.0/24", "192.88.99.0/24"))


@dataclass(frozen=True)
class Allowed:
    """What the operator lets be asked although it is not public: host names, and networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, words: Collection[str]) -> Allowed:
        """Of the setting: each a host name, an address, or a network like 10.20.0.0/16."""
        hosts, networks = set(), []
        for word in words:
            try:
                networks.append(ip_network(word, strict=False))
            except ValueError:
                hosts.add(word.lower().rstrip("."))
        return cls(frozenset(hosts), tuple(networks))


def may_be_asked(text: str, host: str, allowed: Allowed) -> bool:
    """Whether a connection to this resolved address of the host may be made."""
    try:
        address = plain(ip_address(text.partition("%")[0]))
    except ValueError:
        return False
    if host.lower().rstrip(".") in allowed.hosts:
        return True
    return any(address in network for network in allowed.networks) or is_public(address)


def plain(address: Address) -> Address:
    """The address that is really reached: the IPv4 one within a mapped or translated IPv6 one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if any(address in network for network in TRANSLATED):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether the address belongs to the public network, and to one machine in it."""
    special = (
        address.is_multicast
        or address.is_reserved
        or address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or not address.is_global
    )
    return not special and not any(address in network for network in NEVER)
