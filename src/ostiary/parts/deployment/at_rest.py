"""Disks, snapshots, databases and buckets of clouds: whether what lies there is encrypted, and who keeps the key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.evidence.deployment import Deployment, Unknown
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.resources import Resource, resources
from ostiary.parts.deployment.services import services

_ON: Final = (True, "true")
_Path = tuple[str, ...]
# type -> the attribute that switches encryption on; absent is off (provider's documentation)
_OFF_BY_DEFAULT: Final[Mapping[str, tuple[_Path, ...]]] = {
    "aws_ebs_volume": (("encrypted",),),
    "aws_ebs_snapshot_copy": (("encrypted",),),
    "aws_ami_copy": (("encrypted",),),
    "aws_efs_file_system": (("encrypted",),),
    "aws_db_instance": (("storage_encrypted",),),
    "aws_rds_cluster": (("storage_encrypted",),),
    "aws_neptune_cluster": (("storage_encrypted",),),
    "aws_docdb_cluster": (("storage_encrypted",),),
    "aws_elasticsearch_domain": (("encrypt_at_rest", "enabled"),),
    "aws_opensearch_domain": (("encrypt_at_rest", "enabled"),),
    "aws_elasticache_replication_group": (("at_rest_encryption_enabled",),),
    "AWS::EC2::Volume": (("Encrypted",),),
    "AWS::EFS::FileSystem": (("Encrypted",),),
    "AWS::RDS::DBInstance": (("StorageEncrypted",),),
    "AWS::RDS::DBCluster": (("StorageEncrypted",),),
    "AWS::Neptune::DBCluster": (("StorageEncrypted",),),
    "AWS::DocDB::DBCluster": (("StorageEncrypted",),),
    "alicloud_disk": (("encrypted",),),
    "openstack_blockstorage_volume_v3": (("volume_type",),),
}  # fmt: skip
_ALWAYS: Final = frozenset(
    [
        "google_compute_disk",
        "google_sql_database_instance",
        "google_filestore_instance",
        "azurerm_managed_disk",
        "azurerm_mssql_database",
        "azurerm_postgresql_flexible_server",
        "digitalocean_volume",
        "oci_core_volume",
    ]
)
_PARTS_OF_CLUSTERS: Final = (
    "replicate_source_db",
    "ReplicateSourceDb",
    "DBClusterIdentifier",
    "snapshot_identifier",
    "SourceDBInstanceIdentifier",
    "DBSnapshotIdentifier",
    "source_volume_id",
    "SnapshotId",
    "snapshot_id",
)


def volumes(deployment: Deployment) -> Opinion:
    """Disks, boot disks, file systems and the storage of databases."""
    opinion = Opinion()
    found = list(resources(deployment))
    everywhere = any(
        each.type == "aws_ebs_encryption_by_default" and each.get("enabled") in {None, *_ON} for each in found
    )
    for each in found:
        for path in _OFF_BY_DEFAULT.get(each.type, ()):
            _switch(opinion, each, each.get(*path), path, everywhere=everywhere)
        if each.type in _ALWAYS:
            opinion.good(each.place, f"{each.title} is encrypted by its provider")
        for name, block in _disks(each):
            _disk(opinion, each, name, block, everywhere=everywhere)
        _shared(opinion, each)
    return opinion


def _switch(opinion: Opinion, each: Resource, value: Any, path: _Path, *, everywhere: bool) -> None:
    if isinstance(value, Unknown):
        opinion.undecided(each.place_of(*path), f"{path[-1]} of {each.title} rests on {', '.join(value.names[:2])}")
    elif value in _ON or (value and path[-1] == "volume_type"):
        opinion.good(each.place_of(*path), f"{each.title} is encrypted")
    elif everywhere and "ebs" in each.type and value is None:
        opinion.good(each.place, f"{each.title} is encrypted by the account's default")
    elif value is None and _copied(each):
        opinion.undecided(each.place, f"{each.title} is made from something whose encryption it takes over")
    elif path[-1] != "volume_type":
        how = "is switched off" if value is not None else "is not switched on"
        opinion.fault(each.place_of(*path), f"encryption of {each.title} {how} ({path[-1]})")


def _copied(each: Resource) -> bool:
    return any(each.get(name) is not None for name in _PARTS_OF_CLUSTERS)


def _disks(each: Resource) -> Iterator[tuple[str, Any]]:
    """Blocks for disks within machines and their templates."""
    if each.type in {"aws_instance", "aws_launch_configuration", "aws_spot_instance_request"}:
        for name in ("root_block_device", "ebs_block_device"):
            yield from ((name, block) for block in each.blocks(name))
    elif each.type == "aws_launch_template":
        for block in each.blocks("block_device_mappings"):
            inner = block.get("ebs") if isinstance(block, Mapping) else block
            yield from (("ebs", one) for one in (inner if isinstance(inner, list) else [inner]) if one)
    elif each.type in {"AWS::EC2::Instance", "AWS::AutoScaling::LaunchConfiguration"}:
        for block in each.blocks("BlockDeviceMappings"):
            if isinstance(block, Mapping) and block.get("Ebs"):
                yield "BlockDeviceMappings", block["Ebs"]


def _disk(opinion: Opinion, each: Resource, name: str, block: Any, *, everywhere: bool) -> None:
    place = each.place_of(name)
    value = block.get("encrypted", block.get("Encrypted")) if isinstance(block, Mapping) else block
    if isinstance(value, Unknown):
        opinion.undecided(place, f"a disk of {each.title} rests on {', '.join(value.names[:2])}")
    elif value in _ON or (everywhere and value is None):
        opinion.good(place, f"a disk of {each.title} is encrypted")
    elif value is None and isinstance(block, Mapping) and (block.get("snapshot_id") or block.get("SnapshotId")):
        opinion.undecided(place, f"a disk of {each.title} is made from a snapshot")
    else:
        opinion.fault(place, f"a disk of {each.title} is not encrypted ({name})")


def _shared(opinion: Opinion, each: Resource) -> None:
    """A snapshot that everybody may copy."""
    if each.type == "aws_snapshot_create_volume_permission" and each.get("account_id") == "all":
        opinion.fault(each.place, f"{each.title} shares a snapshot with everybody")


_SSE: Final = frozenset(["aws_s3_bucket_server_side_encryption_configuration"])
_ALWAYS_BUCKETS: Final[Mapping[str, _Path]] = {  # encrypted by their provider; the path names a key of one's own
    "google_storage_bucket": ("encryption", "default_kms_key_name"),
    "azurerm_storage_account": ("customer_managed_key", "key_vault_key_id"),
    "oci_objectstorage_bucket": ("kms_key_id",),
}
_BARE_BUCKETS: Final[Mapping[str, str]] = {  # not encrypted unless a block says so
    "alicloud_oss_bucket": "server_side_encryption_rule",
    "yandex_storage_bucket": "server_side_encryption_configuration",
}


def buckets(deployment: Deployment) -> Opinion:
    """Object storage of clouds, and object stores of one's own in containers."""
    opinion = Opinion()
    found = list(resources(deployment))
    apart = [each for each in found if each.type in _SSE]
    for each in apart:
        _algorithm(opinion, each, each.get("rule", "apply_server_side_encryption_by_default", "sse_algorithm"))
    for each in found:
        if each.type == "aws_s3_bucket":
            inner = each.get(
                "server_side_encryption_configuration",
                "rule",
                "apply_server_side_encryption_by_default",
                "sse_algorithm",
            )
            _amazon(opinion, each, inner, apart=_named(each, apart))
        elif each.type == "AWS::S3::Bucket":
            inner = each.get(
                "BucketEncryption", "ServerSideEncryptionConfiguration", "ServerSideEncryptionByDefault", "SSEAlgorithm"
            )
            _amazon(opinion, each, inner, apart=False)
        elif each.type in _ALWAYS_BUCKETS:
            own = each.get(*_ALWAYS_BUCKETS[each.type]) is not None
            opinion.good(
                each.place, f"{each.title} is encrypted, with {'a key of its owner' if own else 'keys of its provider'}"
            )
        elif each.type in _BARE_BUCKETS:
            block = each.body.get(_BARE_BUCKETS[each.type])
            if block:
                opinion.good(each.place, f"{each.title} is encrypted")
            else:
                opinion.fault(each.place, f"{each.title} is not encrypted: nothing here asks for it")
    _own_stores(opinion, deployment)
    return opinion


def _named(each: Resource, apart: list[Resource]) -> bool:
    """Whether a resource of its own configures the bucket's encryption."""
    for one in apart:
        bucket = one.get("bucket")
        names = bucket.names if isinstance(bucket, Unknown) else ()
        if bucket == each.get("bucket") or any(name.startswith(f"aws_s3_bucket.{each.name}.") for name in names):
            return True
    return False


def _algorithm(opinion: Opinion, each: Resource, value: Any) -> None:
    if isinstance(value, Unknown):
        opinion.undecided(each.place, f"the encryption of {each.title} rests on {', '.join(value.names[:2])}")
    elif value:
        key = "a key of its owner" if "kms" in str(value).lower() else "keys of its provider"
        opinion.good(each.place, f"{each.title} encrypts with {key} ({value})")


def _amazon(opinion: Opinion, each: Resource, value: Any, *, apart: bool) -> None:
    if value:
        _algorithm(opinion, each, value)
    elif not apart:  # since January 2023 S3 encrypts by itself: what is open is the key, and what lay there before
        opinion.undecided(
            each.place, f"{each.title} names no encryption: S3 encrypts new objects by itself, older ones not"
        )


def _own_stores(opinion: Opinion, deployment: Deployment) -> None:
    for service in services(deployment):
        if service.product != "minio":
            continue
        keys = [each for name, each in service.variables.items() if name.startswith("MINIO_KMS_")]
        off = service.variables.get("MINIO_KMS_AUTO_ENCRYPTION")
        if off is not None and str(off.value).lower() in {"off", "false", "0"}:
            opinion.fault(off.place, f"{service.name} (MinIO) is told not to encrypt (MINIO_KMS_AUTO_ENCRYPTION)")
        elif keys:
            opinion.good(keys[0].place, f"{service.name} (MinIO) encrypts with a key of its own")
        elif not service.development:
            opinion.undecided(
                service.place, f"{service.name} (MinIO) has no key: whether its disks are encrypted is not told here"
            )
