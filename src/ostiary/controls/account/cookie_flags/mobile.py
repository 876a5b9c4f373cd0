"""Of a package: jars that write session cookies to plain files."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.package import Package
from ostiary.model import Finding, failed, not_applicable, unknown

_SHOWN: Final = 4
_JARS: Final = (
    "com.franmontiel.persistentcookiejar.persistence.SharedPrefsCookiePersistor.<init>", "com.loopj.android.http.PersistentCookieStore.<init>",
    "com.zhy.http.okhttp.cookie.store.PersistentCookieStore.<init>", "com.lzy.okgo.cookie.store.SPCookieStore.<init>",
    "com.lzy.okgo.cookie.store.DBCookieStore.<init>", "net.gotev.cookiestore.SharedPreferencesCookieStore.<init>",
)  # fmt: skip


async def audit_mobile(package: Package) -> Finding:
    """Look for jars that are known to keep cookies in shared preferences or a database as they are."""
    if not package.android:
        return unknown("how an iOS app keeps cookies cannot be seen in its package")
    kept = package.refers(*_JARS)
    if not kept:
        return not_applicable("no jar that is known to write cookies down")
    calls = package.calls(*_JARS)
    shown = [package.show(each.where, f"{each.method} makes {each.name.removesuffix('.<init>')}") for each in calls]
    if not shown:
        return unknown(f"{kept[0].removesuffix('.<init>')} is in the package, and no own code of the app uses it")
    return failed(
        "session cookies are written to plain files",
        *shown[:_SHOWN],
        places=tuple(dict.fromkeys(each.where for each in shown)),
    )
