"""What is for few says for whom: a role or a scope stands beside every privileged operation."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.seen.privileges import is_privileged, roles_of, scopes_of


async def audit_spec(spec: Spec) -> Finding:
    """Look for operations of administrators that ask for no credentials, or for those that anybody has."""
    privileged = [each for each in spec.api.operations if each.declared and is_privileged(each)]
    if not privileged:
        return not_applicable("no operation of the document looks like one for administrators")
    if not spec.api.security_schemes:
        return unknown("the document declares no way to say who calls")
    bare = [each for each in privileged if each.security is None or not all(each.security) or not each.security]
    bare = [each for each in bare if not roles_of(each)]
    if bare:
        shown = [spec.at(each.pointer, f"{each.key} asks for no credentials") for each in bare[:5]]
        why = f"{len(bare)} operations that look like an administrator's ask for no credentials"
        return failed(why, *shown, severity=Severity.MEDIUM)
    silent = [each for each in privileged if not roles_of(each) and not scopes_of(each)]
    if silent:
        shown = [spec.at(each.pointer, f"{each.key} names no role or scope") for each in silent[:5]]
        return unknown(
            f"{len(silent)} operations that look like an administrator's do not say which role or scope", *shown
        )
    return passed(f"all {len(privileged)} operations that look like an administrator's name a role or a scope")
