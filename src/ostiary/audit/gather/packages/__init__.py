"""Mobile packages as checks see them."""

from __future__ import annotations

import threading

from ostiary.audit.gather.packages.android import AndroidPackage
from ostiary.audit.gather.packages.apple import ApplePackage
from ostiary.audit.gather.trees.archive import Zip
from ostiary.audit.recognise import Form, Target
from ostiary.errors import ConfigError


def package(target: Target, *, stop: threading.Event) -> AndroidPackage | ApplePackage:
    """The port `ostiary.evidence.package.Package` for an ``.apk``, ``.aab`` or ``.ipa``.

    :raises ConfigError: when it cannot be read.
    """
    if target.path is None:
        raise ConfigError(target.name, "is no package")
    kind = ApplePackage if target.form is Form.IPA else AndroidPackage
    return kind(target.name, Zip(target.path, target.form.value), stop)


__all__ = ["AndroidPackage", "ApplePackage", "package"]
