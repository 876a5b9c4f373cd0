"""Programs that carry logs off a machine, watch it, or keep its clock, by the names of their processes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from ostiary.evidence.machine import Process

CARRIERS: Final[Mapping[str, str]] = {
    "fluentd": "Fluentd", "fluent-bit": "Fluent Bit", "td-agent": "Fluentd", "filebeat": "Filebeat", "vector": "Vector",
    "promtail": "Promtail", "alloy": "Grafana Alloy", "grafana-agent": "Grafana Agent", "otelcol": "OpenTelemetry Collector",
    "otelcol-contrib": "OpenTelemetry Collector", "splunkd": "Splunk forwarder", "nxlog": "NXLog", "logstash": "Logstash",
    "datadog-agent": "Datadog agent", "agent": "", "amazon-cloudwat": "CloudWatch agent", "google_fluentd": "Google logging agent",
    "google_cloud_op": "Google Ops Agent", "wazuh-agentd": "Wazuh agent", "ossec-agentd": "OSSEC agent", "journalbeat": "Journalbeat",
    "systemd-journal-upload": "journal upload", "elastic-agent": "Elastic Agent", "newrelic-infra": "New Relic agent",
}  # fmt: skip
WRITERS: Final[Mapping[str, str]] = {
    "systemd-journal": "journald", "rsyslogd": "rsyslog", "syslog-ng": "syslog-ng", "auditd": "auditd", "syslogd": "syslogd",
}  # fmt: skip
CLOCKS: Final[Mapping[str, str]] = {
    "chronyd": "chrony", "ntpd": "ntpd", "systemd-timesyn": "systemd-timesyncd", "openntpd": "OpenNTPD", "ntpsec": "NTPsec",
}  # fmt: skip
WATCHERS: Final[Mapping[str, str]] = {
    "node_exporter": "Prometheus node exporter", "prometheus-node": "Prometheus node exporter", "telegraf": "Telegraf",
    "collectd": "collectd", "netdata": "Netdata", "zabbix_agentd": "Zabbix agent", "zabbix_agent2": "Zabbix agent", "nrpe": "NRPE",
    "prometheus": "Prometheus", "datadog-agent": "Datadog agent", "newrelic-infra": "New Relic agent", "munin-node": "Munin",
    "otelcol": "OpenTelemetry Collector", "otelcol-contrib": "OpenTelemetry Collector", "alloy": "Grafana Alloy",
    "grafana-agent": "Grafana Agent", "metricbeat": "Metricbeat", "amazon-cloudwat": "CloudWatch agent", "monit": "Monit",
    "google_cloud_op": "Google Ops Agent", "checkmk-agent": "Checkmk agent", "icinga2": "Icinga", "falco": "Falco",
    "elastic-agent": "Elastic Agent", "wazuh-agentd": "Wazuh agent",
}  # fmt: skip
ALERTERS: Final[Mapping[str, str]] = {
    "alertmanager": "Alertmanager", "prometheus-aler": "Alertmanager", "monit": "Monit", "nagios": "Nagios", "nagios4": "Nagios",
    "icinga2": "Icinga", "zabbix_server": "Zabbix server", "grafana": "Grafana", "grafana-server": "Grafana",
}  # fmt: skip
_FORWARDED: Final = re.compile(
    r"""(?m)^(?!\s*#).*(?:\s@@?[\w\[(]|type\s*=\s*"om(?:fwd|relp|elasticsearch|kafka|http)")"""
)
_RECEIVER: Final = re.compile(r"(?m)^\s*-?\s*(?:email|pagerduty|slack|opsgenie|webhook|victorops|telegram|msteams|sns|pushover|wechat|discord|webex)_configs:")  # fmt: skip
_CUT: Final = 15  # the kernel keeps that many characters of a process' name


def running(processes: Iterable[Process], known: Mapping[str, str]) -> dict[str, str]:
    """Titles of known programs that run, each with the process that shows it."""
    by_name = {name[:_CUT]: title for name, title in known.items() if title}
    found: dict[str, str] = {}
    for process in processes:
        program = process.argv[0].rpartition("/")[2] if process.argv and process.argv[0] else ""
        title = by_name.get(process.name[:_CUT]) or by_name.get(program[:_CUT])
        if title:
            found.setdefault(title, f"{process.name} ({process.pid})")
    return found


def forwards(text: str) -> bool:
    """Whether a configuration of rsyslog sends messages to another machine."""
    return _FORWARDED.search(text) is not None


def reaches_somebody(text: str) -> bool:
    """Whether a configuration of Alertmanager has a receiver that leads out of it."""
    return _RECEIVER.search(text) is not None
