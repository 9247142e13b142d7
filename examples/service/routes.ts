import { once } from "node:events";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Fleet } from "../../fleet/index.ts";
import { renderHandoffMarkdown } from "../../lib/index.ts";
import { createCustomer, memberOf, valueOf } from "./customers.ts";
import { isActive, Refusal, type Operation, type Operations, type ServiceVerb } from "./operations.ts";
import * as schemas from "./schemas.ts";

/** What the routes work with. */
export interface Around {
  readonly fleet: Fleet;
  readonly operations: Operations;
  readonly root: string;
}

interface ForCustomer {
  readonly Params: { readonly name: string };
}
interface Begin extends ForCustomer {
  readonly Headers: { readonly "idempotency-key": string };
}
interface ForOperation {
  readonly Params: { readonly id: string };
}

/** Every route there is. */
export async function routes(app: FastifyInstance, around: Around): Promise<void> {
  app.addContentTypeParser(["application/yaml", "text/yaml"], { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  customerRoutes(app, around);
  beginRoutes(app, around);
  operationRoutes(app, around);
}

function customerRoutes(app: FastifyInstance, { fleet, operations, root }: Around): void {
  app.put<ForCustomer & { Body: Buffer }>(
    "/customers/:name",
    {
      schema: {
        summary: "Create a customer from its file, after checking it",
        consumes: ["application/yaml"],
        params: schemas.customerParams,
        response: { 200: schemas.customer, 201: schemas.customer, ...schemas.refusals },
      },
    },
    async ({ params: { name }, body }, reply) => {
      if (!Buffer.isBuffer(body)) throw new Refusal(415, "expected the customer file as application/yaml");
      const { created, notes } = await createCustomer({ root, fleet }, name, body);
      return reply.code(created ? 201 : 200).send({ name, notes });
    },
  );
  app.get<ForCustomer>(
    "/customers/:name/status",
    {
      schema: {
        summary: "Say whether everything that should be connected is",
        params: schemas.customerParams,
        response: { 200: schemas.status, ...schemas.refusals },
      },
    },
    async ({ params: { name } }) => {
      const member = await memberOf(fleet, name);
      return valueOf((await operations.look(() => fleet.status([member]))).results[0]);
    },
  );
  app.get<ForCustomer>(
    "/customers/:name/handoff",
    {
      schema: {
        summary: "Show what the customer must be told, as JSON, or as Markdown where text/markdown is accepted",
        params: schemas.customerParams,
        produces: ["application/json", "text/markdown"],
        response: {
          200: {
            content: {
              "application/json": { schema: schemas.handoff },
              "text/markdown": { schema: { type: "string" } },
            },
          },
          ...schemas.refusals,
        },
      },
    },
    async ({ params: { name }, headers }, reply) => {
      const member = await memberOf(fleet, name);
      const found = valueOf((await operations.look(() => fleet.handoff([member]))).results[0]);
      if (headers.accept?.includes("text/markdown") !== true) return found;
      return reply.type("text/markdown; charset=utf-8").send(renderHandoffMarkdown(found.handoff));
    },
  );
}

const SUMMARIES: Readonly<Record<ServiceVerb, string>> = {
  preview: "Begin to find out what an update would change",
  up: "Begin to create or update the customer's resources",
};

function beginRoutes(app: FastifyInstance, { fleet, operations }: Around): void {
  for (const verb of ["preview", "up"] as const) {
    app.post<Begin>(
      `/customers/:name/${verb}`,
      {
        schema: {
          summary: SUMMARIES[verb],
          params: schemas.customerParams,
          headers: schemas.idempotencyHeaders,
          response: { 202: schemas.operation, ...schemas.refusals },
        },
      },
      async ({ params: { name }, headers }, reply) => {
        const member = await memberOf(fleet, name);
        const owner = headers.authorization ?? "";
        const { operation, repeated } = operations.begin(verb, member, headers["idempotency-key"], owner);
        return reply.code(202).header("location", `/operations/${operation.id}`).send(told(operation, repeated));
      },
    );
  }
}

function operationRoutes(app: FastifyInstance, { operations }: Around): void {
  const find = (id: string): Operation => {
    const operation = operations.get(id);
    if (operation === undefined) throw new Refusal(404, `there is no operation ${id}, or no longer`);
    return operation;
  };
  app.get<ForOperation>(
    "/operations/:id",
    {
      schema: {
        summary: "Say how an operation stands, and what came of it",
        params: schemas.operationParams,
        response: { 200: schemas.operation, ...schemas.refusals },
      },
    },
    async ({ params: { id } }) => told(find(id), false),
  );
  app.get<ForOperation>(
    "/operations/:id/events",
    {
      schema: {
        summary: "Follow an operation from its beginning, or from Last-Event-ID, as server-sent events",
        params: schemas.operationParams,
        produces: ["text/event-stream"],
      },
    },
    async (request, reply) => {
      await follow(operations, find(request.params.id), request, reply);
    },
  );
}

const told = ({ id, verb, customer, state, result }: Operation, repeated: boolean): object => ({
  ...{ id, verb, customer, state, repeated },
  ...(result === undefined ? {} : { result }),
});

/** Milliseconds of silence after which a comment keeps proxies from closing the stream. */
const HEARTBEAT = 15_000;

/** Streams what was told and what will be, until the operation has ended or the caller has gone. */
async function follow(
  operations: Operations,
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { raw } = reply.hijack();
  raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const caller = { gone: false, wake: (): void => undefined };
  const unwatch = operations.watch(operation.id, () => caller.wake());
  const heartbeat = setInterval(() => raw.write(": still here\n\n"), HEARTBEAT);
  raw.once("close", () => {
    caller.gone = true;
    caller.wake();
  });
  const write = async (id: number, kind: string, data: unknown): Promise<void> => {
    const taken = raw.write(`id: ${id}\nevent: ${kind.replaceAll(" ", "-")}\ndata: ${JSON.stringify(data)}\n\n`);
    // a caller that reads slowly is waited for, not remembered for
    if (!taken && !caller.gone) await Promise.race([once(raw, "drain"), once(raw, "close")]);
  };
  for (let next = firstAfter(request.headers["last-event-id"]); !caller.gone;) {
    const changed = new Promise<void>((done) => (caller.wake = done));
    const event = operation.events[next];
    if (event !== undefined) await write(next++, event.kind, event);
    else if (isActive(operation)) await changed;
    else {
      await write(next, "ended", told(operation, false));
      break;
    }
  }
  clearInterval(heartbeat);
  unwatch();
  raw.end();
}

const firstAfter = (id: unknown): number => (typeof id === "string" && /^\d{1,6}$/.test(id) ? Number(id) + 1 : 0);
