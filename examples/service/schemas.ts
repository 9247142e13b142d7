/** JSON Schemas of what the service takes and gives; the OpenAPI document is made of them. */

/** A customer's name, which is a file's name too. Source: `name` in the customer file's schema. */
export const NAME = { type: "string", pattern: "^[a-z]([a-z0-9-]*[a-z0-9])?$", maxLength: 40 } as const;

export const customerParams = {
  type: "object",
  required: ["name"],
  properties: { name: NAME },
} as const;

export const operationParams = {
  type: "object",
  required: ["id"],
  properties: { id: { type: "string", format: "uuid" } },
} as const;

export const idempotencyHeaders = {
  type: "object",
  required: ["idempotency-key"],
  properties: {
    "idempotency-key": {
      type: "string",
      minLength: 8,
      maxLength: 128,
      description: "chosen by the caller; the same key begins the same operation once, however often it is sent",
    },
  },
} as const;

/** Source: RFC 9457, problem details. */
export const problem = {
  type: "object",
  description: "why not, and what to do",
  required: ["title", "status", "detail"],
  properties: {
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    problems: { type: "array", items: { type: "object", additionalProperties: true } },
  },
} as const;

export const customer = {
  type: "object",
  description: "the customer",
  required: ["name", "notes"],
  properties: { name: NAME, notes: { type: "array", items: { type: "object", additionalProperties: true } } },
} as const;

export const operation = {
  type: "object",
  description: "the operation",
  required: ["id", "verb", "customer", "state", "repeated"],
  properties: {
    id: { type: "string", format: "uuid" },
    verb: { type: "string", enum: ["preview", "up"] },
    customer: NAME,
    state: { type: "string", enum: ["queued", "running", "done", "failed", "interrupted", "not begun"] },
    repeated: { type: "boolean", description: "whether it was begun before, with the same key" },
    result: { type: "object", additionalProperties: true, description: "changes, steps and outputs, or the failure" },
  },
} as const;

export const status = {
  type: "object",
  description: "what a look at the clouds found",
  required: ["stack", "healthy", "problems", "waiting"],
  properties: {
    stack: NAME,
    healthy: { type: "boolean" },
    problems: { type: "array", items: { type: "string" } },
    waiting: { type: "array", items: { type: "string" } },
  },
} as const;

export const handoff = {
  type: "object",
  description: "what the customer must be told",
  required: ["recorded", "handoff"],
  properties: {
    recorded: { type: "boolean", description: "false where nothing is deployed yet" },
    handoff: { type: "object", additionalProperties: true },
  },
} as const;

/** The answers every route may give beside its own. */
export const refusals = Object.fromEntries(
  [400, 401, 404, 409, 413, 415, 422, 429, 503].map((code) => [code, problem]),
);
