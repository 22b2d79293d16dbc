"""Records of Route 53; nobody resolves them."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler


class Record(ResourceHandler):
    """aws.route53.Record."""

    token = "aws:route53/record:Record"  # noqa: S105

    @staticmethod
    def create(call: Call, *, zone_id: str, allow_overwrite: bool = False, **inputs: Any) -> Made:
        """Make the record. Outputs: fqdn, name, and what deletion needs."""
        record = Record.configuration(**inputs)
        _change(call, zone_id, "UPSERT" if allow_overwrite else "CREATE", record)
        name = record["Name"]
        return Made(f"{zone_id}_{name}_{record['Type']}", {"fqdn": name, "zoneId": zone_id, "record": record})

    @staticmethod
    def configuration(
        *,
        name: str,
        type: str,  # noqa: A002 Pulumi's name
        records: list[str] | None = None,
        ttl: int | None = None,
        aliases: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Return the record for Route 53."""
        record: dict[str, Any] = {"Name": name, "Type": type}
        if aliases:
            (alias,) = aliases
            target = {"HostedZoneId": alias["zoneId"], "DNSName": alias["name"]}
            return {**record, "AliasTarget": {**target, "EvaluateTargetHealth": alias["evaluateTargetHealth"]}}
        values = [{"Value": value} for value in records or []]
        return {**record, "TTL": int(ttl or 0), "ResourceRecords": values}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the record."""
        _change(call, outputs["zoneId"], "DELETE", outputs["record"])


def _change(call: Call, zone_id: str, action: str, record: dict[str, Any]) -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    call.aws("route53").change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)
