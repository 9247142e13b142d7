/** What the simulated clouds answer when they refuse. */
import { randomUUID } from "node:crypto";

/** What kind of refusal it was; the provider server turns it into a gRPC status. */
export type Refusal = "invalid" | "notFound" | "alreadyExists" | "inUse" | "denied" | "unavailable";

/** A cloud refused a request. The message has the form the real provider gives it. */
export class CloudError extends Error {
  readonly refusal: Refusal;
  /** The cloud's own code, e.g. `DependencyViolation` or `resourceInUseByAnotherResource`. */
  readonly code: string;

  constructor(refusal: Refusal, code: string, message: string) {
    super(message);
    this.name = "CloudError";
    this.refusal = refusal;
    this.code = code;
  }
}

/** The world file belongs to another running process. */
export class WorldInUseError extends Error {
  readonly pid: number;

  /** @param who the user and since when, as far as the lock tells */
  constructor(file: string, pid: number, who: { user?: string; since?: string } = {}) {
    const user = who.user === undefined ? "" : `${who.user}, `;
    const since = who.since === undefined ? "" : `, since ${who.since}`;
    super(`the sandbox world ${file} is in use by ${user}process ${pid}${since}: wait for it to end, or stop it`);
    this.name = "WorldInUseError";
    this.pid = pid;
  }
}

/** The world file cannot be read as one. */
export class WorldFileError extends Error {
  constructor(file: string, line: number, why: string) {
    super(`the sandbox world ${file} is damaged at line ${line}: ${why}; delete the file to start with empty clouds`);
    this.name = "WorldFileError";
  }
}

const AWS_REFUSALS: [RegExp, Refusal][] = [
  [/NotFound|NoSuch|InvalidServiceName/, "notFound"],
  [/AlreadyExists|Duplicate|Conflict/, "alreadyExists"],
  [/DependencyViolation|IncorrectState|DeleteConflict/, "inUse"],
  [/Unauthorized|AccessDenied|OperationNotPermitted/, "denied"],
];

/**
 * An AWS refusal as the provider shows it: what it was doing, the service's operation, and the API's code and message.
 * @param operation service and operation, e.g. `EC2: CreateVpc`
 */
export function awsError(doing: string, operation: string, code: string, message: string): CloudError {
  const refusal = AWS_REFUSALS.find(([pattern]) => pattern.test(code))?.[1] ?? "invalid";
  const detail = `StatusCode: ${refusal === "denied" ? 403 : 400}, RequestID: ${randomUUID()}`;
  const form = `operation error ${operation}, https response error ${detail}, api error ${code}: ${message}`;
  return new CloudError(refusal, code, `${doing}: ${form}`);
}

const GOOGLE_REFUSALS: Record<string, [number, Refusal]> = {
  alreadyExists: [409, "alreadyExists"],
  notFound: [404, "notFound"],
  resourceInUseByAnotherResource: [400, "inUse"],
  containerNotEmpty: [400, "inUse"],
  forbidden: [403, "denied"],
};

/**
 * A Google refusal as the provider shows it.
 * @param doing what the provider was doing, e.g. `Error creating Network`
 * @param code the API's reason, e.g. `alreadyExists`, `invalid`, `resourceInUseByAnotherResource`
 */
export function googleError(doing: string, code: string, message: string): CloudError {
  const [status, refusal] = GOOGLE_REFUSALS[code] ?? [400, "invalid" as const];
  return new CloudError(refusal, code, `${doing}: googleapi: Error ${status}: ${message}, ${code}`);
}
