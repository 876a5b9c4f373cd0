"""A scanner that looks at what is opened or changed on the machine."""

from __future__ import annotations

from ostiary.evidence.machine import Machine
from ostiary.model import Finding, passed, unknown

_WATCHING = {  # processes that look at files as they are opened
    "clamonacc": "ClamAV", "falcon-sensor": "CrowdStrike Falcon", "wdavdaemon": "Microsoft Defender", "sentinelone-agen": "SentinelOne", "s1-agent": "SentinelOne",
    "savd": "Sophos", "sophos-subproc": "Sophos", "ds_am": "Trend Micro", "cbagentd": "Carbon Black", "esets_daemon": "ESET", "oaeventd": "ESET",
}  # fmt: skip
_ENGINES = ("clamd", "freshclam")


async def audit_host(machine: Machine) -> Finding:
    """Look for scanners among the processes."""
    if not machine.local:
        return unknown("scanners show on the machine alone (--host)")
    running = {each.name for each in machine.processes()}
    watching = sorted({product for name, product in _WATCHING.items() if name[:15] in {each[:15] for each in running}})
    if watching:
        return passed(
            f"{', '.join(watching)} looks at files as they are used", machine.show(f"{', '.join(watching)} runs")
        )
    engines = [each for each in _ENGINES if each in running]
    if engines:
        return unknown(f"{' and '.join(engines)} runs, and nothing says what is shown to it")
    return unknown("no scanner runs here; whether artefacts were scanned before they came shows in the pipeline")
