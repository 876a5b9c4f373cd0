"""Ports that configuration opens to everybody: published by containers, services and security groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ostiary.evidence.deployment import Deployment, Unknown
from ostiary.parts.deployment.databases import engine_of
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.published import AMBIGUOUS, HIGHEST, RISKY, WEB, is_everybody
from ostiary.parts.deployment.resources import Resource, resources
from ostiary.parts.deployment.services import Service, services

_MANY: Final = 1_000  # ports at once: nobody documents so many services


def published(deployment: Deployment) -> Opinion:
    """Ports of compose files and Kubernetes objects."""
    opinion = Opinion()
    for service in services(deployment):
        for each in service.ports:
            number = each.inner or each.port
            what = _named(number, service)
            if not what:
                opinion.good(each.place, f"port {each.port or number} of {service.name} is published")
            elif not each.everywhere:
                opinion.good(each.place, f"{what} of {service.name} is published to loopback alone")
            else:
                opinion.fault(
                    each.place,
                    f"{what} of {service.name} is published on every address (port {each.port or 'chosen at start'})",
                    sure=not service.development,
                )
    _services(opinion, deployment)
    return opinion


def _named(number: int, service: Service) -> str:
    """What listens there that no caller of an API needs; empty: nothing of the sort."""
    known = RISKY.get(number, "")
    if known and (number not in AMBIGUOUS or engine_of(service.product)):
        return known
    if number == 5005 and any("jdwp" in str(each) for each in _told(service)):  # noqa: PLR2004 - where Java's debuggers listen
        return known
    return ""


def _told(service: Service) -> list[Any]:
    return [*service.words, *(each.value for each in service.variables.values())]


def _services(opinion: Opinion, deployment: Deployment) -> None:
    """Services of Kubernetes that lead from outside to what only pods need."""
    for each in deployment.settings("kubernetes"):
        kind, _, name = each.name.partition("/")
        spec = each.value.get("spec") if not each.path and kind == "Service" and isinstance(each.value, dict) else None
        if not isinstance(spec, dict) or spec.get("type") not in {"NodePort", "LoadBalancer"}:
            continue
        ranges = spec.get("loadBalancerSourceRanges")
        notes = str((each.value.get("metadata") or {}).get("annotations") or "").lower()
        inside = "internal" in notes or (ranges and not any(is_everybody(one) for one in ranges))
        for port in spec.get("ports") or ():
            numbers = [port.get("targetPort"), port.get("port")] if isinstance(port, dict) else []
            risky = [one for one in numbers if isinstance(one, int) and one in RISKY and one not in AMBIGUOUS]
            if risky and not inside:
                opinion.fault(
                    each.place, f"{RISKY[risky[0]]} is reachable from outside (Service {name}, {spec['type']})"
                )
            else:
                opinion.good(each.place, f"Service {name} opens port {numbers[-1] if numbers else '?'}")


@dataclass(frozen=True, slots=True)
class _Rule:
    """Addresses that may reach ports from `first` to `last`."""

    sources: Sequence[Any]
    first: Any
    last: Any
    place: str


def groups(deployment: Deployment) -> Opinion:
    """Rules of security groups and firewalls of clouds, and databases that say they are public."""
    opinion = Opinion()
    for each in resources(deployment):
        for rule in _rules(each):
            _judge(opinion, each, rule)
        for name in ("publicly_accessible", "PubliclyAccessible"):
            value = each.get(name)
            if value in {True, "true"} and not isinstance(value, Unknown):
                opinion.fault(each.place_of(name), f"{each.title} is reachable from the internet ({name})")
            elif value is False or value == "false":
                opinion.good(each.place_of(name), f"{each.title} is not public")
    return opinion


def _judge(opinion: Opinion, each: Resource, rule: _Rule) -> None:
    if not any(isinstance(one, Unknown) or is_everybody(one) for one in rule.sources):
        opinion.good(rule.place, f"{each.title} admits named addresses")
        return
    if not any(is_everybody(one) for one in rule.sources if not isinstance(one, Unknown)):
        names = [name for one in rule.sources if isinstance(one, Unknown) for name in one.names]
        outside = [name for name in names if name.startswith(("var.", "local.")) or not ("." in name or "::" in name)]
        if outside:
            opinion.undecided(rule.place, f"whom {each.title} admits rests on {', '.join(outside[:3])}")
        else:
            opinion.good(rule.place, f"{each.title} admits addresses of other resources")
        return
    first, last = _port(rule.first), _port(rule.last)
    if first is None or last is None:
        opinion.undecided(rule.place, f"which ports {each.title} opens to everybody rests on a variable")
        return
    if last - first >= _MANY:
        opinion.fault(rule.place, f"{each.title} opens ports {first} to {last} to everybody")
        return
    risky = [one for one in RISKY if first <= one <= last and (one not in AMBIGUOUS or first == last)]
    risky = [one for one in risky if one not in AMBIGUOUS]
    if risky:
        opinion.fault(rule.place, f"{each.title} opens {RISKY[risky[0]]} (port {risky[0]}) to everybody")
    elif {first, last} <= WEB:
        opinion.good(rule.place, f"{each.title} opens port {first} to everybody")
    else:
        opinion.good(rule.place, f"{each.title} opens ports {first} to {last} to everybody, none of a known data store")


def _port(value: Any) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _rules(each: Resource) -> Iterator[_Rule]:
    made = _MAKERS.get(each.type)
    if made is not None:
        yield from made(each)


def _all_ports(protocol: Any) -> bool:
    return str(protocol).lower() in {"-1", "all", "*", "any"}


def _span(block: Mapping[str, Any], first: str, last: str, protocol: str) -> tuple[Any, Any]:
    if _all_ports(block.get(protocol)):
        return 0, HIGHEST
    low = block.get(first)
    return low, block.get(last, low)


def _aws_group(each: Resource) -> Iterator[_Rule]:
    for block in each.blocks("ingress"):
        if isinstance(block, Unknown):
            yield _Rule([block], 0, 0, each.place)
        elif isinstance(block, Mapping):
            yield _aws(block, each.place_of("ingress"))


def _aws(block: Mapping[str, Any], place: str) -> _Rule:
    sources = [*_list(block.get("cidr_blocks")), *_list(block.get("ipv6_cidr_blocks"))]
    sources += _list(block.get("cidr_ipv4")) + _list(block.get("cidr_ipv6"))
    protocol = "ip_protocol" if "ip_protocol" in block else "protocol"
    return _Rule(sources, *_span(block, "from_port", "to_port", protocol), place)


def _aws_rule(each: Resource) -> Iterator[_Rule]:
    if each.get("type") in {None, "ingress"}:
        yield _aws(each.body, each.place)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def _cfn_group(each: Resource) -> Iterator[_Rule]:
    blocks = each.blocks("SecurityGroupIngress") if each.type == "AWS::EC2::SecurityGroup" else [each.body]
    for block in blocks:
        if isinstance(block, Mapping):
            sources = _list(block.get("CidrIp")) + _list(block.get("CidrIpv6"))
            place = each.place_of("SecurityGroupIngress")
            yield _Rule(sources, *_span(block, "FromPort", "ToPort", "IpProtocol"), place)


def _azure(each: Resource) -> Iterator[_Rule]:
    for block in each.blocks("security_rule") if each.type == "azurerm_network_security_group" else [each.body]:
        if not isinstance(block, Mapping):
            continue
        if str(block.get("direction")).lower() != "inbound" or str(block.get("access")).lower() != "allow":
            continue
        sources = _list(block.get("source_address_prefix")) + _list(block.get("source_address_prefixes"))
        place = each.place_of("security_rule") if each.type == "azurerm_network_security_group" else each.place
        for port in _list(block.get("destination_port_range")) + _list(block.get("destination_port_ranges")):
            first, _, last = str(port).partition("-") if not isinstance(port, Unknown) else (port, "", "")
            yield _Rule(sources, 0 if first == "*" else first, HIGHEST if first == "*" else last or first, place)


def _google(each: Resource) -> Iterator[_Rule]:
    if str(each.get("direction") or "INGRESS").upper() != "INGRESS" or each.get("disabled") is True:
        return
    sources = _list(each.get("source_ranges"))
    for block in each.blocks("allow"):
        if not isinstance(block, Mapping):
            continue
        if str(block.get("protocol")).lower() in {"icmp", "esp", "ah"}:
            continue
        for port in _list(block.get("ports")) or [f"0-{HIGHEST}"]:
            first, _, last = str(port).partition("-") if not isinstance(port, Unknown) else (port, "", "")
            yield _Rule(sources, first, last or first, each.place_of("allow"))


def _simple(each: Resource) -> Iterator[_Rule]:
    """Firewalls of smaller clouds: blocks of inbound rules with a port range and source addresses."""
    for name in ("inbound_rule", "rule", "ingress"):
        for block in each.blocks(name):
            if not isinstance(block, Mapping) or str(block.get("direction", "in")).lower() not in {"in", "inbound"}:
                continue
            sources = [one for key in ("source_addresses", "source_ips", "source") for one in _list(block.get(key))]
            port = block.get("port_range") or block.get("port")
            if port is None or isinstance(port, Unknown):
                continue
            first, _, last = str(port).partition("-")
            whole = (first in {"all", "any", "*", "1"} and last in {"", str(HIGHEST)} and first != "1") or last == str(
                HIGHEST
            )
            yield _Rule(sources, 0 if whole else first, HIGHEST if whole else last or first, each.place_of(name))


_MAKERS: Final = {
    "aws_security_group": _aws_group,
    "aws_default_security_group": _aws_group,
    "aws_security_group_rule": _aws_rule,
    "aws_vpc_security_group_ingress_rule": _aws_rule,
    "AWS::EC2::SecurityGroup": _cfn_group,
    "AWS::EC2::SecurityGroupIngress": _cfn_group,
    "azurerm_network_security_group": _azure,
    "azurerm_network_security_rule": _azure,
    "google_compute_firewall": _google,
    "digitalocean_firewall": _simple,
    "hcloud_firewall": _simple,
}
