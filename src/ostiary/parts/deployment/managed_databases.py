"""Passwords of databases that a cloud runs: whether everybody tries them first, and who makes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ostiary.evidence.deployment import Deployment, Unknown
from ostiary.parts.deployment.common_passwords import is_common
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.resources import resources

_CLOUD: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "aws_db_instance": (("password",), ("username",)),
    "aws_rds_cluster": (("master_password",), ("master_username",)),
    "aws_redshift_cluster": (("master_password",), ("master_username",)),
    "aws_docdb_cluster": (("master_password",), ("master_username",)),
    "AWS::RDS::DBInstance": (("MasterUserPassword",), ("MasterUsername",)),
    "AWS::RDS::DBCluster": (("MasterUserPassword",), ("MasterUsername",)),
    "azurerm_postgresql_server": (("administrator_login_password",), ("administrator_login",)),
    "azurerm_postgresql_flexible_server": (("administrator_password",), ("administrator_login",)),
    "azurerm_mysql_server": (("administrator_login_password",), ("administrator_login",)),
    "azurerm_mysql_flexible_server": (("administrator_password",), ("administrator_login",)),
    "azurerm_mssql_server": (("administrator_login_password",), ("administrator_login",)),
    "azurerm_sql_server": (("administrator_login_password",), ("administrator_login",)),
    "google_sql_user": (("password",), ("name",)),
    "mongodbatlas_database_user": (("password",), ("username",)),
}


def cloud_stores(deployment: Deployment) -> Opinion:
    """Passwords of managed databases: one that everybody tries is a fault, another literal one is a secret's matter."""
    opinion = Opinion()
    for each in resources(deployment):
        password, user = _CLOUD.get(each.type, ((), ()))
        value = each.get(*password) if password else None
        if isinstance(value, Unknown):
            kept = any(name.startswith(("random_password.", "random_string.", "data.")) for name in value.names)
            (opinion.good if kept else opinion.undecided)(
                each.place_of(*password), f"the password of {each.title} comes from {', '.join(value.names[:2])}"
            )
        elif isinstance(value, str) and "{{resolve:" not in value:
            if is_common(value, str(each.get(*user))):
                what = f"the password of {each.title} is one that everybody tries first"
                opinion.fault(each.place_of(*password), what, extract="password = ***")
            else:
                what = f"the password of {each.title} is written down for everybody who reads this"
                opinion.undecided(each.place_of(*password), what, extract="password = ***")
    return opinion
