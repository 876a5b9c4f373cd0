"""What stands around an application: how machines are made, what absorbs floods, what watches and keeps logs, what is in front."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ostiary.evidence.deployment import Deployment
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.resources import resources
from ostiary.parts.deployment.services import services

_MACHINES: Final = re.compile(
    r"aws_(?:instance|launch_template|launch_configuration|autoscaling_group|ecs_\w+|eks_\w+|lambda_function|spot_\w+)|"
    r"google_compute_instance\w*|google_container_\w+|google_cloud_run\w*|azurerm_(?:linux_|windows_)?virtual_machine\w*|"
    r"azurerm_kubernetes_cluster|azurerm_(?:linux_|windows_)?(?:web_app|app_service|function_app)|digitalocean_droplet|"
    r"hcloud_server|linode_instance|vultr_instance|openstack_compute_instance_\w+|oci_core_instance|scaleway_instance_server|"
    r"AWS::(?:EC2::Instance|EC2::LaunchTemplate|AutoScaling::\w+|ECS::\w+|EKS::\w+|Lambda::Function|Serverless::Function)"
)
_SCRIPTS: Final = ("ansible", "pulumi", "packer", "cdk", "bicep", "arm", "cloud-init", "chef", "puppet", "nix", "sam")
_PAAS: Final[Mapping[str, str]] = {
    "app-engine": "App Engine", "heroku": "Heroku", "fly": "Fly.io", "render": "Render", "serverless": "Serverless",
    "vercel": "Vercel", "netlify": "Netlify", "railway": "Railway", "elastic-beanstalk": "Elastic Beanstalk", "sam": "AWS SAM",
    "cloud-run": "Cloud Run",
}  # fmt: skip
_MANAGED: Final = re.compile(
    r"aws_(?:elastic_beanstalk_\w+|apprunner_service|lambda_function)|google_(?:app_engine_\w+|cloud_run\w*|cloudfunctions\w*)|"
    r"azurerm_(?:linux_|windows_)?(?:web_app|app_service|function_app)|azurerm_container_app|digitalocean_app|heroku_app|"
    r"AWS::(?:ElasticBeanstalk::\w+|AppRunner::Service|Serverless::Function|Lambda::Function)"
)
_FLOODS: Final = re.compile(
    r"aws_(?:shield_\w+|wafv2_web_acl\w*|waf_web_acl|wafregional_web_acl\w*|cloudfront_distribution|globalaccelerator_\w+)|"
    r"google_compute_security_policy|azurerm_(?:network_ddos_protection_plan|web_application_firewall_policy|frontdoor\w*|cdn_frontdoor\w*)|"
    r"cloudflare_\w+|fastly_service_\w+|akamai_\w+|imperva_\w+|incapsula_\w+|"
    r"AWS::(?:Shield::\w+|WAFv2::WebACL\w*|CloudFront::Distribution|GlobalAccelerator::\w+)"
)
_CDN: Final = re.compile(
    r"aws_cloudfront_distribution|google_compute_backend_bucket|azurerm_(?:cdn_\w+|frontdoor\w*)|cloudflare_\w+|fastly_service_\w+|"
    r"digitalocean_cdn|AWS::CloudFront::Distribution|bunnynet_\w+"
)
_BUCKETS: Final = re.compile(
    r"aws_s3_bucket|google_storage_bucket|azurerm_storage_(?:account|container)|digitalocean_spaces_bucket|cloudflare_r2_bucket|"
    r"AWS::S3::Bucket|alicloud_oss_bucket|oci_objectstorage_bucket"
)
_GATEWAYS: Final = re.compile(
    r"aws_(?:api_gateway_rest_api|apigatewayv2_api)|google_(?:api_gateway_\w+|apigee_\w+)|azurerm_api_management|"
    r"AWS::(?:ApiGateway::RestApi|ApiGatewayV2::Api|Serverless::(?:Http)?Api)"
)
_GATEWAY_IMAGES: Final[Mapping[str, str]] = {
    "kong": "Kong", "kong-gateway": "Kong", "tyk-gateway": "Tyk", "apisix": "APISIX", "krakend": "KrakenD", "envoy": "Envoy",
    "express-gateway": "Express Gateway", "gravitee-apim-gateway": "Gravitee", "zuul": "Zuul",
}  # fmt: skip
_ALERTS: Final = re.compile(
    r"aws_(?:cloudwatch_metric_alarm|cloudwatch_composite_alarm)|google_monitoring_alert_policy|azurerm_monitor_(?:metric_alert|scheduled_query\w*|activity_log_alert)|"
    r"datadog_monitor|newrelic_\w*alert\w*|pagerduty_\w+|opsgenie_\w+|grafana_rule_group|AWS::CloudWatch::(?:Composite)?Alarm"
)
_TRAILS: Final = re.compile(
    r"aws_(?:cloudtrail|cloudwatch_log_group|flow_log|kinesis_firehose_delivery_stream)|google_logging_\w+|azurerm_(?:monitor_diagnostic_setting|log_analytics_\w+)|"
    r"AWS::(?:CloudTrail::Trail|Logs::LogGroup|EC2::FlowLog)|datadog_logs_\w+"
)
_WATCHERS: Final[Mapping[str, str]] = {
    "prometheus": "Prometheus", "alertmanager": "Alertmanager", "grafana": "Grafana", "node-exporter": "Prometheus",
    "otel-collector": "OpenTelemetry", "opentelemetry-collector": "OpenTelemetry", "opentelemetry-collector-contrib": "OpenTelemetry",
    "zabbix-server-pgsql": "Zabbix", "agent": "Datadog", "netdata": "Netdata", "uptime-kuma": "Uptime Kuma", "sentry": "Sentry",
    "victoria-metrics": "VictoriaMetrics", "jaeger": "Jaeger", "all-in-one": "Jaeger",
}  # fmt: skip
_SHIPPERS: Final[Mapping[str, str]] = {
    "loki": "Loki", "promtail": "Promtail", "fluentd": "Fluentd", "fluent-bit": "Fluent Bit", "logstash": "Logstash",
    "filebeat": "Filebeat", "vector": "Vector", "graylog": "Graylog", "elasticsearch": "", "seq": "Seq", "alloy": "Alloy",
}  # fmt: skip
_ALERTING_KINDS: Final = frozenset(["PrometheusRule", "AlertmanagerConfig", "VMRule"])
_SHIPPING_KINDS: Final = frozenset(["ClusterOutput", "ClusterFlow", "ClusterLogForwarder", "Fluentd"])


def _made(deployment: Deployment, pattern: re.Pattern[str], what: str, opinion: Opinion) -> None:
    for each in resources(deployment):
        if pattern.fullmatch(each.type):
            opinion.good(each.place, f"{each.title} {what}")


def provisioned(deployment: Deployment) -> Opinion:
    """Code that makes machines, or what stands in for them."""
    opinion = Opinion()
    _made(deployment, _MACHINES, "is made by code", opinion)
    for tool in _SCRIPTS:
        for file in deployment.present.get(tool, ())[:3]:
            opinion.good(f"{file}:1", f"{tool} sets machines up")
    return opinion


def containers(deployment: Deployment) -> Sequence[str]:
    """Files that start containers: code for what runs on machines, not for machines."""
    found = [*deployment.tools.get("compose", ()), *deployment.tools.get("kubernetes", ())]
    return [*found, *deployment.present.get("chart", ())]


def managed(deployment: Deployment) -> Opinion:
    """Platforms that run and patch the servers."""
    opinion = Opinion()
    for tool, title in _PAAS.items():
        for file in deployment.present.get(tool, ())[:2]:
            opinion.good(f"{file}:1", f"runs on {title}")
    _made(deployment, _MANAGED, "is a managed platform", opinion)
    return opinion


def shielded(deployment: Deployment) -> Opinion:
    """Services that absorb floods."""
    opinion = Opinion()
    _made(deployment, _FLOODS, "stands in front", opinion)
    return opinion


def delivered(deployment: Deployment) -> tuple[Opinion, Opinion]:
    """Delivery networks, and buckets that they may deliver from."""
    networks, stores = Opinion(), Opinion()
    _made(deployment, _CDN, "delivers content", networks)
    _made(deployment, _BUCKETS, "keeps objects", stores)
    return networks, stores


def fronted(deployment: Deployment) -> Opinion:
    """Gateways for APIs."""
    opinion = Opinion()
    _made(deployment, _GATEWAYS, "is a gateway", opinion)
    for service in services(deployment):
        title = _GATEWAY_IMAGES.get(service.product)
        if title:
            opinion.good(service.place, f"{title} is a gateway ({service.name})")
    return opinion


def watched(deployment: Deployment) -> tuple[Opinion, Opinion]:
    """What measures, and what wakes somebody."""
    measured, alerted = Opinion(), Opinion()
    _images(deployment, _WATCHERS, measured)
    _made(deployment, _ALERTS, "alerts somebody", alerted)
    for place in _objects(deployment, _ALERTING_KINDS):
        alerted.good(place, "rules of Prometheus alert somebody")
    return measured, alerted


def recorded(deployment: Deployment) -> Opinion:
    """What takes logs away from the machine that writes them."""
    opinion = Opinion()
    _images(deployment, _SHIPPERS, opinion)
    _made(deployment, _TRAILS, "keeps logs", opinion)
    for place in _objects(deployment, _SHIPPING_KINDS):
        opinion.good(place, "logs leave the cluster")
    for service in services(deployment):
        driver = service.data.get("logging")
        name = driver.get("driver") if isinstance(driver, dict) else None
        if isinstance(name, str) and name not in {"none", "json-file", "local"}:
            opinion.good(service.place, f"{service.name} logs to {name}")
    return opinion


def _images(deployment: Deployment, table: Mapping[str, str], opinion: Opinion) -> None:
    for service in services(deployment):
        title = table.get(service.product)
        if title and (service.product != "agent" or "datadog" in service.image):
            opinion.good(service.place, f"{title} runs beside it ({service.name})")


def _objects(deployment: Deployment, kinds: frozenset[str]) -> Iterator[str]:
    for each in deployment.settings("kubernetes"):
        if not each.path and each.name.partition("/")[0] in kinds:
            yield each.place


def beside(deployment: Deployment) -> Opinion:
    """What a compose file with a gateway publishes past it."""
    opinion = Opinion()
    found = services(deployment)
    gateways = {each.file for each in found if each.product in _GATEWAY_IMAGES}
    for service in found:
        if service.file in gateways and service.product not in _GATEWAY_IMAGES:
            for port in service.ports:
                if port.everywhere:
                    opinion.fault(port.place, f"{service.name} is published beside the gateway")
    return opinion
