"""Buckets that list their objects to everybody."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from ostiary.evidence.deployment import Deployment, Unknown
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.resources import Resource, resources

_PUBLIC: Final = frozenset(["public-read", "public-read-write", "PublicRead", "PublicReadWrite"])
_ACLS: Final = frozenset(
    ["aws_s3_bucket", "aws_s3_bucket_acl", "AWS::S3::Bucket", "alicloud_oss_bucket", "digitalocean_spaces_bucket"]
)
_EVERYBODY: Final = frozenset(["allUsers", "allAuthenticatedUsers"])
_GRANTS: Final = re.compile(
    r"google_storage_bucket_(?:iam_member|iam_binding|access_control)|google_storage_default_object_access_control"
)
_LISTING_ROLES: Final = re.compile(
    r".*(?:objectViewer|objectAdmin|legacyBucketReader|admin|viewer|READER|OWNER).*", re.IGNORECASE
)
_LIST: Final = re.compile(r"s3:(?:\*|List(?:Bucket)?\*?)|\*")


def listed(deployment: Deployment) -> Opinion:
    """ACLs, policies and grants of Terraform and CloudFormation."""
    opinion = Opinion()
    for each in resources(deployment):
        if each.type in _ACLS:
            _acl(opinion, each)
        elif _GRANTS.fullmatch(each.type):
            _grant(opinion, each)
        elif each.type == "azurerm_storage_container":
            _container(opinion, each)
        elif each.type in {"aws_s3_bucket_policy", "AWS::S3::BucketPolicy"}:
            _policy(opinion, each)
    return opinion


def _acl(opinion: Opinion, each: Resource) -> None:
    for name in ("acl", "AccessControl"):
        value = each.get(name)
        if isinstance(value, Unknown):
            opinion.undecided(each.place_of(name), f"who may list {each.title} rests on {', '.join(value.names[:2])}")
        elif value in _PUBLIC:
            opinion.fault(each.place_of(name), f"{each.title} lists its objects to everybody ({value})")
        elif value:
            opinion.good(each.place_of(name), f"{each.title} has the list {value}")
    if each.type.endswith(("Bucket", "_bucket")) and each.get("acl") is None and each.get("AccessControl") is None:
        opinion.good(each.place, f"{each.title} is private by default")


def _grant(opinion: Opinion, each: Resource) -> None:
    members = [
        each.get("member"),
        each.get("entity"),
        *(each.get("members") or [] if isinstance(each.get("members"), list) else []),
    ]
    if _EVERYBODY.isdisjoint(str(one) for one in members):
        return
    if _LISTING_ROLES.fullmatch(str(each.get("role"))):
        opinion.fault(each.place, f"{each.title} lets everybody list a bucket")


def _container(opinion: Opinion, each: Resource) -> None:
    value = each.get("container_access_type")
    if value == "container":
        opinion.fault(each.place_of("container_access_type"), f"{each.title} lists its blobs to everybody")
    elif not isinstance(value, Unknown):
        opinion.good(each.place, f"{each.title} lists nothing to strangers")


def _policy(opinion: Opinion, each: Resource) -> None:
    value: Any = each.get("policy") or each.get("PolicyDocument")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return
    statements = value.get("Statement") if isinstance(value, dict) else None
    for one in statements if isinstance(statements, list) else []:
        if isinstance(one, dict) and one.get("Effect") == "Allow" and not one.get("Condition"):
            principal, actions = one.get("Principal"), one.get("Action")
            everybody = principal in ("*", {"AWS": "*"}, {"AWS": ["*"]})
            named = actions if isinstance(actions, list) else [actions]
            if everybody and any(_LIST.fullmatch(str(action)) for action in named):
                opinion.fault(each.place, f"{each.title} lets everybody list a bucket")
