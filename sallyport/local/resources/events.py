"""EventBridge buses, rules and targets; in Pulumi under `aws.cloudwatch`."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, key_values, pascal, present

DEFAULT_BUS = "default"


class EventBus(ResourceHandler):
    """aws.cloudwatch.EventBus."""

    token = "aws:cloudwatch/eventBus:EventBus"  # noqa: S105
    named = True

    @staticmethod
    def create(call: Call, *, description: str | None = None, tags: dict[str, str] | None = None) -> Made:
        """Create the bus. Outputs: arn, name."""
        name = call.physical_name
        call.aws("events").create_event_bus(Name=name, Tags=key_values(tags), **present(Description=description))
        return Made(name, {"name": name, "arn": call.arn("events", f"event-bus/{name}")})

    @staticmethod
    def update(call: Call, id_: str, *, description: str | None = None, tags: dict[str, str] | None = None) -> Outputs:
        """Change the bus; its rules stay."""
        call.aws("events").tag_resource(ResourceARN=call.arn("events", f"event-bus/{id_}"), Tags=key_values(tags))
        return {}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the bus. Its rules are separate resources, deleted before it."""
        call.aws("events").delete_event_bus(Name=id_)


class EventRule(ResourceHandler):
    """aws.cloudwatch.EventRule."""

    token = "aws:cloudwatch/eventRule:EventRule"  # noqa: S105
    named = True

    @staticmethod
    def create(call: Call, **inputs: Any) -> Made:
        """Create the rule. Outputs: arn, name, eventBusName."""
        rule = EventRule.configuration(**inputs)
        arn = call.aws("events").put_rule(Name=call.physical_name, **rule)["RuleArn"]
        return Made(call.physical_name, {"arn": arn, "name": call.physical_name, "eventBusName": rule["EventBusName"]})

    @staticmethod
    def update(call: Call, id_: str, **inputs: Any) -> Outputs:
        """Change the rule; its targets stay."""
        call.aws("events").put_rule(Name=id_, **EventRule.configuration(**inputs))
        return {}

    @staticmethod
    def configuration(
        *,
        event_bus_name: str = DEFAULT_BUS,
        event_pattern: str | None = None,
        schedule_expression: str | None = None,
        description: str | None = None,
        role_arn: str | None = None,
        state: str | None = None,
        is_enabled: bool | None = None,
        tags: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return the arguments for PutRule."""
        return {
            "EventBusName": event_bus_name,
            "State": state or ("DISABLED" if is_enabled is False else "ENABLED"),
            "Tags": key_values(tags),
            **present(
                EventPattern=event_pattern,
                ScheduleExpression=schedule_expression,
                Description=description,
                RoleArn=role_arn,
            ),
        }

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the rule. Its targets are separate resources, deleted before it."""
        call.aws("events").delete_rule(Name=id_, EventBusName=outputs.get("eventBusName", DEFAULT_BUS))


class EventTarget(ResourceHandler):
    """aws.cloudwatch.EventTarget."""

    token = "aws:cloudwatch/eventTarget:EventTarget"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        rule: str,
        arn: str,
        event_bus_name: str = DEFAULT_BUS,
        target_id: str | None = None,
        input: str | None = None,  # noqa: A002 Pulumi's name
        input_path: str | None = None,
        input_transformer: dict[str, Any] | None = None,
        role_arn: str | None = None,
        sqs_target: dict[str, str] | None = None,
        dead_letter_config: dict[str, str] | None = None,
        retry_policy: dict[str, int] | None = None,
    ) -> Made:
        """Create the target, to which events that match the rule are sent."""
        target = {
            "Id": target_id or call.physical_name,
            "Arn": arn,
            **present(
                Input=input,
                InputPath=input_path,
                RoleArn=role_arn,
                SqsParameters=sqs_target and pascal(sqs_target),
                DeadLetterConfig=dead_letter_config and pascal(dead_letter_config),
                RetryPolicy=retry_policy and pascal(retry_policy),
                InputTransformer=input_transformer
                and {
                    "InputTemplate": input_transformer["inputTemplate"],
                    "InputPathsMap": input_transformer.get("inputPaths", {}),
                },
            ),
        }
        call.aws("events").put_targets(Rule=rule, EventBusName=event_bus_name, Targets=[target])
        return Made(f"{rule}/{target['Id']}", {"rule": rule, "eventBusName": event_bus_name, "targetId": target["Id"]})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Remove the target from its rule."""
        call.aws("events").remove_targets(
            Rule=outputs["rule"], EventBusName=outputs["eventBusName"], Ids=[outputs["targetId"]]
        )
