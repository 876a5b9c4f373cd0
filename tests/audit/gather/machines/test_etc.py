"""Of servers that run, the configuration in force is read; what is put aside, or of one that does not run, is not."""

from __future__ import annotations

import threading
from pathlib import Path

from ostiary.audit.gather.machines.etc import Etc
from ostiary.audit.gather.machines.host import Host
from ostiary.evidence.machine import Process


def made(root: Path) -> Path:
    nginx = root / "etc/nginx"
    for folder in ("sites-available", "sites-enabled", "conf.d"):
        (nginx / folder).mkdir(parents=True)
    (nginx / "nginx.conf").write_text("events {}\nhttp { include /etc/nginx/sites-enabled/*; }\n", encoding="ascii")
    (nginx / "sites-available/on").write_text("server { listen 80; autoindex on; }\n", encoding="ascii")
    (nginx / "sites-available/off").write_text("server { listen 81; autoindex on; }\n", encoding="ascii")
    (nginx / "sites-enabled/on").symlink_to("../sites-available/on")
    (nginx / "sites-enabled/gone").symlink_to("../sites-available/gone")
    (nginx / "nginx.conf.dpkg-old").write_text("http { autoindex on; }\n", encoding="ascii")
    (root / "etc/apache2").mkdir()
    (root / "etc/apache2/apache2.conf").write_text("ServerTokens Full\n", encoding="ascii")
    return root


def test_links_are_followed_and_what_is_aside_stays_there(tmp_path: Path) -> None:
    etc = Etc(made(tmp_path), {"nginx"})
    assert [each.path for each in etc.entries()] == ["etc/nginx/nginx.conf", "etc/nginx/sites-enabled/on"]
    assert etc.data("etc/nginx/sites-enabled/on", 12) == b"server { lis"
    assert etc.notes == ["/etc/apache2 was not judged: apache2 does not run"]


def test_a_machine_knows_its_servers_settings(tmp_path: Path) -> None:
    class Here(Host):
        def processes(self) -> list[Process]:
            return [Process(pid=1, name="nginx")]

    here = Here("this machine", threading.Event(), root=made(tmp_path))
    assert [each.place for each in here.deployment.settings("nginx", "autoindex")] == ["etc/nginx/sites-enabled/on:1"]
    assert not list(here.deployment.settings("apache"))
    assert any("apache2 does not run" in each for each in here.notes)
