import type { SelfHostedPlan } from "../plan.ts";
import type { BootstrapFacts } from "./cloudInit.ts";
import { arnLines, envFile, genericRegistry } from "./environment.ts";

/** Largest user data in bytes, before base64. Source: EC2 User Guide, "Run commands when you launch an EC2 instance". */
export const MAX_USER_DATA = 16_384;

/** What of a registry makes user data too long. */
export interface UserDataMistake {
  /** Field of the block that takes most of the room; undefined where none of them does. */
  readonly field: "environment" | "secrets" | undefined;
  readonly message: string;
}

/**
 * What is wrong with the length of a user data; undefined where nothing is.
 * @param text the whole user data, before base64
 */
export function userDataMistake({ app }: SelfHostedPlan, text: string): UserDataMistake | undefined {
  const size = Buffer.byteLength(text);
  if (size <= MAX_USER_DATA) return undefined;
  const start = `expected user data of at most ${MAX_USER_DATA} bytes, got ${size}`;
  if (app.kind !== "generic") return { field: undefined, message: `${start}; shorten names and arns` };
  const environment = written(envFile(genericRegistry(app)));
  const secrets = written(arnLines(app.secrets));
  const [field, bytes, fix] =
    environment >= secrets
      ? (["environment", environment, "shorten the values, or put them into a file of the image"] as const)
      : (["secrets", secrets, "keep several values in one secret, or give the secrets shorter names"] as const);
  return { field, message: `${start}, of which container.${field} has ${bytes}; ${fix}` };
}

/** Bytes of a text inside the document. */
const written = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

/**
 * Facts as long as those that are known later. Sources: Amazon RDS User Guide, "Finding the connection information" (twelve
 * characters of the account and region) and "Password management with Amazon RDS and AWS Secrets Manager" (names of managed
 * secrets); Secrets Manager User Guide, "What's in a secret" (six characters end an ARN).
 */
export function reckonedFacts({ app, name, region, accountID }: SelfHostedPlan): BootstrapFacts {
  const logGroup = `/causeway/registries/${name}`;
  if (app.kind === "generic") return { logGroup };
  const arn = (secret: string): string => `arn:aws:secretsmanager:${region}:${accountID}:secret:${secret}-xxxxxx`;
  const { dbCredentials, s3Identity } = app;
  return {
    logGroup,
    databaseEndpoint: `${name}.${"x".repeat(12)}.${region}.rds.amazonaws.com:5432`,
    databaseSecretArn: dbCredentials.mode === "static" ? dbCredentials.secretArn : arn(`rds!db-${"x".repeat(36)}`),
    signingSecretArn: arn(`${name}-signing`),
    ...(s3Identity.kind === "iam-user" ? { accessKeySecretArn: arn(`${name}-access-key`) } : {}),
  };
}
