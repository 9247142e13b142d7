/**
 * An HTTP service around one fleet, to begin an internal one from: create, preview, update, look at and hand off one
 * customer. Outside this repository the imports are `causeway` and `causeway/fleet`.
 */
import bearerAuth from "@fastify/bearer-auth";
import rateLimit from "@fastify/rate-limit";
import swagger, { type SwaggerOptions } from "@fastify/swagger";
import { fastify, type FastifyError, type FastifyInstance } from "fastify";
import { defaultConcurrency, type Fleet } from "../../fleet/index.ts";
import { ConfigError, formatIssue } from "../../lib/index.ts";
import { Operations, Refusal } from "./operations.ts";
import { routes } from "./routes.ts";

/** How the service is set up. */
export interface ServiceOptions {
  readonly fleet: Fleet;
  /** Directory of the program; new customer files are written below it. */
  readonly root: string;
  /** Who may call: each of these as a bearer token. At least one, of 32 characters or more. */
  readonly tokens: readonly string[];
  /** Operations at once. @default from cores and memory */
  readonly concurrency?: number;
  /** Operations that may wait. @default 100 */
  readonly queued?: number;
  /** Requests a minute and token. @default 120 */
  readonly requestsPerMinute?: number;
  /** Milliseconds that a stop waits for what is in flight, before it kills. @default 15 minutes */
  readonly graceMs?: number;
  readonly logger?: boolean;
}

/** Bytes of a request; the program reads no customer file that is larger either. */
const BODY_LIMIT = 256 * 1024;
/** Milliseconds until a request must have arrived whole. */
const REQUEST_TIMEOUT = 10_000;
const FEWEST_CHARACTERS = 32;

/**
 * The service, not yet listening. Closing it stops gracefully: nothing new is begun, what is in flight ends and its state
 * is saved, and only then is the fleet closed.
 * @throws TypeError where nobody could call, or anybody could guess a token
 */
export async function buildService(options: ServiceOptions): Promise<FastifyInstance> {
  const { fleet, tokens, logger = false, queued = 100, graceMs = 15 * 60_000, requestsPerMinute = 120 } = options;
  if (tokens.length === 0 || tokens.some((token) => token.length < FEWEST_CHARACTERS)) {
    throw new TypeError(`tokens: expected at least one of ${FEWEST_CHARACTERS} characters or more`);
  }
  const app = fastify({
    logger,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    forceCloseConnections: "idle",
  });
  const concurrency = options.concurrency ?? defaultConcurrency(fleet.clouds);
  const known = new Set(tokens.map((token) => `Bearer ${token}`));
  const operations = new Operations(fleet, { concurrency, queued });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, title, detail, ...more } = explained(error);
    if (status >= 500 && !(error instanceof Refusal)) request.log.error(error);
    if (status === 503) reply.header("retry-after", "60");
    return reply
      .code(status)
      .type("application/problem+json")
      .send({ title, status, detail, ...more });
  });
  app.setNotFoundHandler(() => {
    throw new Refusal(404, "there is nothing here; GET /openapi.json says what there is");
  });
  app.get("/health", { schema: { hide: true } }, () => ({ ok: true }));
  await app.register(swagger, { openapi: OPENAPI });
  await app.register(async (guarded) => {
    await guarded.register(rateLimit, {
      max: requestsPerMinute,
      timeWindow: "1 minute",
      global: false,
      // who guesses tokens is counted by address, whatever they guess
      keyGenerator: ({ headers: { authorization = "" }, ip }) => (known.has(authorization) ? authorization : ip),
    });
    // before anybody is asked for a token
    guarded.addHook("onRequest", guarded.rateLimit());
    await guarded.register(bearerAuth, {
      keys: new Set(tokens),
      addHook: "onRequest",
      contentType: "application/problem+json",
      errorResponse: () => UNAUTHORIZED,
    });
    guarded.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
    await guarded.register(routes, { fleet, operations, root: options.root });
  });
  app.addHook("preClose", () => operations.stop(graceMs));
  app.addHook("onClose", () => fleet.close());
  return app;
}

const UNAUTHORIZED = {
  error: "unauthorized",
  title: "Unauthorized",
  status: 401,
  detail: "expected authorization: Bearer and a token of this service",
};

const OPENAPI: NonNullable<Extract<SwaggerOptions, { openapi?: unknown }>["openapi"]> = {
  openapi: "3.1.0",
  info: { title: "Causeway customers", version: "1.0.0", description: "One customer at a time." },
  components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
  security: [{ token: [] }],
};

interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly problems?: readonly object[];
}

/** What a caller is told. Of what nobody foresaw they are told nothing: it is in the log. */
function explained(error: FastifyError | ConfigError | Refusal): Problem {
  if (error instanceof ConfigError) {
    const detail = error.issues.map(formatIssue).join("\n");
    return { title: "The customer file is refused", status: 422, detail, problems: error.issues };
  }
  if (error instanceof Refusal) return { title: "Not done", status: error.status, detail: error.message };
  const status = error.statusCode ?? 500;
  if (status >= 500) return { title: "A defect of the service", status, detail: "it was logged; nothing was begun" };
  return { title: "The request is refused", status, detail: error.message };
}
