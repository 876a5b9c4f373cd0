"""Whether sshd lets somebody in by a password alone, as its options work together (sshd_config(5))."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_STRONG: Final = frozenset({"publickey", "hostbased", "gssapi-with-mic", "gssapi-keyex"})
_PAM_PASSWORD: Final = re.compile(
    r"(?m)^\s*(?:@include\s+(?:common-auth|password-auth|system-auth)|auth\s.*\b(?:pam_unix|pam_sss|pam_ldap|pam_krb5|pam_winbind)\.so"
    r"|auth\s+(?:substack|include)\s+(?:password-auth|system-auth|common-auth))"
)


def fault(options: Mapping[str, str], pam: str | None) -> tuple[str, bool]:
    """What lets somebody in by a password alone, and whether that is sure; empty: nothing does.

    :param options: as ``sshd -T`` prints them.
    :param pam: the text of ``/etc/pam.d/sshd``; None: it may not be read.
    """
    methods = options.get("authenticationmethods", "any")
    alternatives = [each.split(",") for each in methods.split()] if methods not in {"any", ""} else []
    if alternatives and all(any(word.partition(":")[0] in _STRONG for word in each) for each in alternatives):
        return "", True
    weak = {word.partition(":")[0] for each in alternatives for word in each if each} or {
        "password",
        "keyboard-interactive",
    }
    if "password" in weak and _on(options, "passwordauthentication"):
        root = " (root's too)" if options.get("permitrootlogin") == "yes" else ""
        empty = ", and empty ones" if _on(options, "permitemptypasswords") else ""
        return f"takes passwords{root}{empty}", True
    asks = _on(options, "kbdinteractiveauthentication") or _on(options, "challengeresponseauthentication")
    if "keyboard-interactive" in weak and asks and _on(options, "usepam"):
        if pam is not None and _PAM_PASSWORD.search(pam):
            return "asks for a password by keyboard-interactive (PAM)", True
        return "offers keyboard-interactive, which may be a password (PAM's configuration does not tell)", False
    return "", True


def _on(options: Mapping[str, str], name: str) -> bool:
    return options.get(name) == "yes"
