"""Where other catalogues say the same, as short labels."""

from __future__ import annotations

from ostiary.model import Maps


def listed_elsewhere(maps: Maps) -> list[str]:
    """``OWASP API1:2023``, ``ASVS 8.2.2``, ``CWE-639``, and the standards by name."""
    found = [f"OWASP {each}" for each in maps.owasp_api]
    found += [f"ASVS {each}" for each in maps.asvs] + [f"CWE-{each}" for each in maps.cwe]
    return list(dict.fromkeys([*found, *maps.standards]))
