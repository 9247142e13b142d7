/** Rules of the AWS provider on load balancers, databases and what else a published or self-hosted registry needs. */
import type { Failure, Rule } from "../check.ts";
import { blocks, isRecord, isUnknown, text, type Values } from "../values.ts";
import { AWS_RULES } from "./aws.ts";

const ELB = "hashicorp/terraform-provider-aws internal/service/elbv2";

function refuse(property: string, reason: string): Failure {
  return { property, reason };
}

/** A rule on one text argument; left out and unknown values pass. */
function onName(type: string, name: string, rule: string, source: string, fits: (value: string) => boolean): Rule {
  return {
    ...{ type, rule, source },
    check(args) {
      const value = text(args[name]);
      if (value === undefined || isUnknown(value) || fits(value)) return undefined;
      return refuse(name, `${name} ${rule}, not ${JSON.stringify(value)}`);
    },
  };
}

/** The argument an action of a type needs. Source: terraform-provider-aws elbv2/listener.go, validateListenerActions. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  ...{ forward: ["targetGroupArn", "forward"], redirect: ["redirect"], "fixed-response": ["fixedResponse"] },
  ...{ "authenticate-cognito": ["authenticateCognito"], "authenticate-oidc": ["authenticateOidc"] },
};

function actions(type: string, property: string): Rule {
  return {
    ...{ type, rule: "an action has what its type needs", source: `${ELB}/listener.go` },
    check(args) {
      for (const [index, action] of blocks(args[property]).entries()) {
        const needs = ACTIONS[String(action["type"])];
        if (isUnknown(action["type"])) continue;
        const at = `${property}[${index}]`;
        if (!needs)
          return refuse(
            at,
            `${at}.type must be one of ${Object.keys(ACTIONS).join(", ")}, not ${String(action["type"])}`,
          );
        if (!needs.some((name) => action[name] !== undefined))
          return refuse(
            at,
            `${at}.${needs.join(` or ${at}.`)} must be specified when ${at}.type is "${String(action["type"])}"`,
          );
      }
      return undefined;
    },
  };
}

/** Source: terraform-provider-aws elbv2/target_group.go, resourceTargetGroupCustomizeDiff. */
function targetGroup(args: Values): Failure | undefined {
  const type = args["targetType"];
  const missing = ["port", "protocol", "vpcId"].find((name) => type !== "lambda" && args[name] === undefined);
  if (missing !== undefined)
    return refuse(missing, `${missing} must be specified when targetType is "${String(type)}"`);
  const check = isRecord(args["healthCheck"]) ? args["healthCheck"] : {};
  if (String(check["protocol"]).toUpperCase() !== "TCP") return undefined;
  const extra = ["matcher", "path"].find((name) => check[name] !== undefined);
  if (extra !== undefined)
    return refuse("healthCheck", `healthCheck.${extra} cannot be specified when healthCheck.protocol is "TCP"`);
  const requests = args["protocol"] === "HTTP" || args["protocol"] === "HTTPS";
  return requests
    ? refuse(
        "healthCheck",
        `healthCheck.protocol cannot have value "TCP" when protocol is "${String(args["protocol"])}"`,
      )
    : undefined;
}

const balancerName = (value: string): boolean => /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/.test(value);
const identifier = (value: string): boolean => /^[a-z](-?[a-z0-9])*$/.test(value) && value.length <= 63;
const groupName = (value: string): boolean => /^[ .0-9a-z_-]{1,255}$/.test(value) && value !== "default";

const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const RDS = "hashicorp/terraform-provider-aws internal/service/rds";

export const HOSTING_RULES: readonly Rule[] = [
  ...["aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup"].map((type) =>
    onName(
      type,
      "name",
      "must hold only letters, digits and hyphens, with no hyphen at an end",
      `${ELB}/validate.go`,
      balancerName,
    ),
  ),
  onName(
    "aws:lb/loadBalancer:LoadBalancer",
    "name",
    "must not begin with internal-",
    `${ELB}/validate.go`,
    (value) => !value.startsWith("internal-"),
  ),
  onName(
    "aws:lb/targetGroup:TargetGroup",
    "preserveClientIp",
    "must be true or false",
    `${ELB}/target_group.go, ValidateTypeStringNullableBool`,
    (value) => ["true", "false", "1", "0", "t", "f", "T", "F", "TRUE", "FALSE", "True", "False"].includes(value),
  ),
  actions("aws:lb/listener:Listener", "defaultActions"),
  actions("aws:lb/listenerRule:ListenerRule", "actions"),
  {
    type: "aws:lb/targetGroup:TargetGroup",
    rule: "type, protocol and health check fit",
    source: `${ELB}/target_group.go`,
    check: targetGroup,
  },
  ...["identifier", "finalSnapshotIdentifier"].map((name) =>
    onName(
      "aws:rds/instance:Instance",
      name,
      "must begin with a letter and hold only lower-case letters, digits and single hyphens, with none at its end",
      `${RDS}/validate.go`,
      (value) => identifier(name === "identifier" ? value : value.toLowerCase()),
    ),
  ),
  onName(
    "aws:rds/subnetGroup:SubnetGroup",
    "name",
    "must hold only lower-case letters, digits, hyphens, underscores, periods and spaces, and not be default",
    `${RDS}/validate.go`,
    groupName,
  ),
  onName(
    "aws:rds/parameterGroup:ParameterGroup",
    "name",
    "must begin with a letter and hold only lower-case letters, digits and single hyphens",
    `${RDS}/validate.go`,
    (value) => /^[a-z](-?[a-z0-9.])*$/.test(value),
  ),
  ...AWS_RULES.filter(({ type, source }) => type === INGRESS && !source.startsWith("botocore")).map((rule) => ({
    ...rule,
    type: EGRESS,
  })),
];
