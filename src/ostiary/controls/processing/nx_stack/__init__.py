"""Server binaries and libraries run with non-executable stacks and no writable code memory.

Why
    When injected bytes can be executed, a memory bug in native code turns into full code execution far more easily.

Fix
    Link native code with ``-z noexecstack`` and check each binary and library: ``readelf -lW FILE`` must show
    ``GNU_STACK`` as ``RW``, not ``RWE``. Set ``MemoryDenyWriteExecute=yes`` in the systemd unit, except for
    documented JIT runtimes such as V8 or the JVM. Make CI fail when a built artefact asks for an executable stack.

Traps
    - JIT runtimes (V8, JVM, PyPy, LuaJIT) need executable memory; many use W^X toggling: require a declared
      exception rather than failing.
    - A missing GNU-stack header means 'default', which differs by architecture: treat as fail on x86, check on
      others.
    - A single wheel shipping old assembly can flip the whole process: name the file. (Sixteen objects checked in
      our lab virtualenv were all RW.)
"""

from __future__ import annotations

from ostiary.controls.processing.nx_stack.host import audit_host
from ostiary.controls.processing.nx_stack.mobile import audit_mobile
from ostiary.controls.processing.nx_stack.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.LOW,
    probe=Probe.NONE,
    strength="should",
    audits={Kind.HOST: audit_host, Kind.SOURCE: audit_source, Kind.MOBILE: audit_mobile},
    attest=(
        "Does the managed runtime or hosting provider enforce non-executable memory for your processes (attach the "
        "provider statement or a binary hardening report)?"
    ),
    reach="cannot: how binaries are built is not its to see",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("1.4.1",),
        cwe=(787, 121),
        standards=("ELF gABI PT_GNU_STACK", "NIST SP 800-218 PW.6", "CIS Benchmarks"),
    ),
)
