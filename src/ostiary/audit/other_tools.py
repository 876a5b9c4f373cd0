"""Which control a rule of another tool is about: by the tool's own id, or else by the weakness (CWE) that it names."""

from __future__ import annotations

import fnmatch
import re
from typing import Final, NamedTuple

from ostiary import catalogue


class Row(NamedTuple):
    """Rules of a tool whose ids match ``pattern`` are about ``control``; `sure`: what they find is a fault by itself."""

    tool: str
    pattern: str
    control: str
    sure: bool = True


_BANDIT: Final = (  # (number, control, sure); ruff has the same numbers behind an S
    ("102", "input.injection-rce", False),
    ("105", "beyond.secret-scanning", False),
    ("106", "beyond.secret-scanning", False),
    ("107", "beyond.secret-scanning", False),
    ("201", "processing.debug-off", True),
    ("202", "input.injection-rce", False),
    ("301", "input.injection-rce", False),
    ("302", "input.injection-rce", False),
    ("307", "input.injection-rce", False),
    ("308", "input.injection-xss", False),
    ("311", "account.reset-token-random", False),
    ("313", "processing.xml-no-external-entities", False),
    ("314", "processing.xml-no-external-entities", False),
    ("315", "processing.xml-no-external-entities", False),
    ("316", "processing.xml-no-external-entities", False),
    ("317", "processing.xml-no-external-entities", False),
    ("318", "processing.xml-no-external-entities", False),
    ("319", "processing.xml-no-external-entities", False),
    ("320", "processing.xml-no-external-entities", False),
    ("501", "access.tls-floor", False),
    ("502", "access.tls-floor", True),
    ("503", "access.tls-floor", True),
    ("506", "processing.no-entity-expansion", False),
    ("602", "input.injection-rce", True),
    ("604", "input.injection-rce", False),
    ("605", "input.injection-rce", False),
    ("608", "input.injection-sql", False),
    ("610", "input.injection-sql", False),
    ("611", "input.injection-sql", False),
    ("701", "input.injection-xss", False),
    ("703", "input.injection-xss", False),
)
ROWS: Final = (
    *(Row("bandit", f"B{number}", control, sure) for number, control, sure in _BANDIT),
    *(Row("ruff", f"S{number}", control, sure) for number, control, sure in _BANDIT),
    Row("checkov", "CKV_SECRET_*", "beyond.secret-scanning"),
    Row("checkov", "CKV_AWS_4[156]", "beyond.secret-scanning"),
    Row("checkov", "CKV_AWS_2[45]", "infra.open-ports"),
    Row("checkov", "CKV_AWS_260", "infra.open-ports", sure=False),
    Row("checkov", "CKV_AWS_17", "infra.open-ports"),
    Row("checkov", "CKV_GCP_[23]", "infra.open-ports"),
    Row("checkov", "CKV_AZURE_9", "infra.open-ports"),
    Row("checkov", "CKV_AZURE_10", "infra.open-ports"),
    Row("checkov", "CKV_AWS_3", "infra.volumes-encrypted"),
    Row("checkov", "CKV_AWS_8", "infra.volumes-encrypted"),
    Row("checkov", "CKV_AWS_16", "infra.volumes-encrypted"),
    Row("checkov", "CKV_AWS_42", "infra.volumes-encrypted"),
    Row("checkov", "CKV_AZURE_2", "infra.volumes-encrypted"),
    Row("checkov", "CKV_AWS_19", "infra.object-storage-encrypted", sure=False),
    Row("checkov", "CKV_AWS_145", "infra.object-storage-encrypted", sure=False),
    Row("checkov", "CKV_AZURE_3", "access.https-only"),
    Row("checkov", "CKV_AWS_2", "access.https-only"),
    Row("checkov", "CKV_AWS_103", "access.tls-floor"),
    Row("checkov", "CKV_AZURE_44", "access.tls-floor"),
    Row("zizmor", "*template-injection", "input.injection-rce", sure=False),
    Row("zizmor", "*hardcoded-container-credentials", "beyond.secret-scanning"),
    Row("zizmor", "*known-vulnerable-actions", "ci.dependency-vulns"),
    Row("zizmor", "*unpinned-uses", "beyond.sbom-and-provenance", sure=False),
    Row("mobsf*", "*ssl_pinning*", "mobile.cert-pinning", sure=False),
    Row("mobsf*", "*hardcoded*", "mobile.no-third-party-secrets", sure=False),
    Row("mobsf*", "*secret*", "mobile.no-third-party-secrets", sure=False),
    Row("mobsf*", "*cleartext*", "access.https-only"),
    Row("mobsf*", "*debug*", "processing.debug-off", sure=False),
    Row("mobsf*", "*sql*injection*", "input.injection-sql", sure=False),
    Row("mobsf*", "*nsuserdefaults*", "mobile.ios-keychain", sure=False),
    Row("mobsf*", "*keychain*", "mobile.ios-keychain", sure=False),
    Row("gitleaks", "*", "beyond.secret-scanning"),
    Row("trufflehog", "*", "beyond.secret-scanning"),
    Row("osv-scanner", "*", "ci.dependency-vulns"),
    Row("pip-audit", "*", "ci.dependency-vulns"),
    Row("trivy", "CVE-*", "ci.dependency-vulns"),
    Row("grype", "*", "ci.dependency-vulns"),
)
BY_WEAKNESS: Final = {
    22: "userdata.upload-filename",
    77: "input.injection-rce",
    78: "input.injection-rce",
    79: "input.injection-xss",
    80: "input.injection-xss",
    89: "input.injection-sql",
    94: "input.injection-rce",
    95: "input.injection-rce",
    113: "account.block-crlf",
    256: "beyond.secret-scanning",
    259: "beyond.secret-scanning",
    319: "access.https-only",
    321: "beyond.secret-scanning",
    326: "access.tls-ciphers",
    330: "account.reset-token-random",
    338: "account.reset-token-random",
    347: "jwt.verify-before-use",
    434: "userdata.upload-filename",
    489: "processing.debug-off",
    502: "input.injection-rce",
    548: "access.no-directory-listing",
    601: "account.no-open-redirect",
    611: "processing.xml-no-external-entities",
    614: "account.cookie-flags",
    639: "userdata.ownership-check",
    776: "processing.no-entity-expansion",
    798: "beyond.secret-scanning",
    915: "beyond.mass-assignment",
    916: "account.password-bcrypt",
    918: "beyond.ssrf-egress-control",
    942: "beyond.cors-allowlist",
    1004: "account.cookie-flags",
    1333: "beyond.redos",
}
_CWE: Final = re.compile(r"cwe-0*(\d{1,5})\b", re.IGNORECASE)


def control_of(tool: str, rule: str, tags: list[str]) -> tuple[str, bool] | None:
    """The control that a rule is about, and whether what it finds is a fault by itself; None: none of ours.

    :param tool: as the tool calls itself.
    :param tags: of the rule, among which may be weaknesses.
    """
    name = tool.lower()
    for row in ROWS:
        if fnmatch.fnmatch(name, row.tool) and fnmatch.fnmatchcase(rule, row.pattern):
            return row.control, row.sure
    for tag in tags:
        found = _CWE.search(tag)
        control = BY_WEAKNESS.get(int(found[1])) if found is not None else None
        if control is not None and control in catalogue.ids():
            return control, True
    return None
