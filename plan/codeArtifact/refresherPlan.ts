import type { Customer, Registry } from "../customer.ts";
import { fit, physicalName } from "../names.ts";
import type { CodeArtifact } from "./customer.ts";

/** The job on our Google project that keeps a token in a secret. */
export interface RefresherPlan {
  readonly projectID: string;
  readonly region: string;
  /** Of job, schedule, alert and secret. */
  readonly name: string;
  /** Of the service account; at most 30 characters. */
  readonly serviceAccountName: string;
  readonly secretName: string;
  /** Cron, UTC. */
  readonly schedule: string;
  readonly refreshMinutes: number;
  readonly image: string;
  /** What the script reads; no secret among it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Service account whose VMs may read the secret. */
  readonly readBy?: string;
}

/** Cron for an interval that divides an hour or a day. */
export const cronEvery = (minutes: number): string =>
  minutes < 60 ? `*/${minutes} * * * *` : minutes === 60 ? "0 * * * *" : `0 */${minutes / 60} * * *`;

export function planRefresher(
  customer: Customer,
  registry: Registry,
  { accountID, region, domain, consumer }: CodeArtifact,
  { roleARN, audience }: { readonly roleARN: string; readonly audience: string },
): RefresherPlan {
  const name = physicalName(customer.name, registry.key, "token");
  const { projectID } = customer.gcp;
  return {
    projectID,
    region: customer.gcp.region,
    name,
    // Source: IAM documentation, service account ids: 6 to 30 characters.
    serviceAccountName: fit(name, 30),
    secretName: name,
    schedule: cronEvery(consumer.refreshMinutes),
    refreshMinutes: consumer.refreshMinutes,
    image: consumer.image,
    environment: {
      AUDIENCE: audience,
      ROLE_ARN: roleARN,
      AWS_REGION: region,
      DOMAIN: domain,
      DOMAIN_OWNER: accountID,
      TOKEN_SECONDS: String(consumer.tokenTTLSeconds),
      SECRET: `projects/${projectID}/secrets/${name}`,
    },
    ...(customer.executors.serviceAccount === undefined ? {} : { readBy: customer.executors.serviceAccount }),
  };
}
