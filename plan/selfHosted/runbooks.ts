import { HOME } from "./bootstrap/scripts.ts";
import type { SelfHostedPlan } from "./plan.ts";

/** Commands and procedures that a registry's outputs tell. None holds a secret. */

const findInstance = (group: string, region: string, query: string): string =>
  `aws ec2 describe-instances --region ${region} --filters Name=tag:aws:autoscaling:groupName,Values=${group} Name=instance-state-name,Values=running --query '${query}' --output text`;

/** Tells the address of the instance that runs now. */
export const instanceAddress = (group: string, region: string): string =>
  findInstance(group, region, "Reservations[].Instances[].PrivateIpAddress");

/** Opens a session on the instance and asks for the first administrator there. */
export const createAdmin = (group: string, region: string): string =>
  `aws ssm start-session --region ${region} --target "$(${findInstance(group, region, "Reservations[0].Instances[0].InstanceId")})" --document-name AWS-StartInteractiveCommand --parameters command="sudo ${HOME}/create_admin.sh"`;

export const rotateKey = (name: string): string =>
  [
    `Key of ${name}, an update each:`,
    "1. write slots: [a, b] under accessKeys",
    "2. write active: b; the registry takes it up within five minutes",
    "3. a day later, when the last link signed with a has ended, write slots: [b]",
    "from b to a likewise",
  ].join("\n");

/** Recovery point five minutes, recovery time an hour. Order matters: rows name objects, so the objects come second. */
export function backup({ name, app, dataBucket, region }: SelfHostedPlan): string {
  const objects =
    dataBucket === undefined
      ? []
      : [
          `remove the delete markers of what is missing in s3://${dataBucket}, or copy older versions over (region ${region})`,
        ];
  const steps =
    app.kind === "quilt"
      ? [
          "restore the database beside the old one: write restore and a namePrefix in a new registry of the file, deploy",
          ...objects,
          "publish the new registry and move the link to it",
        ]
      : [...objects, "terminate the instance; the next one brings the packages back from the bucket"];
  return [`Recovery of ${name}:`, ...steps.map((step, index) => `${index + 1}. ${step}`)].join("\n");
}
