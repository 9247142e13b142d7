// The example service over a fleet that only takes time: who may call, what is refused, what is begun once, how it stops.
// That an engine is under it is shown by tests/exhaustive/fleetService.test.ts; sockets and proxies are not shown here.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EngineError } from "../../engine/driver.ts";
import { buildService, type ServiceOptions } from "../../examples/service/app.ts";
import { Operations } from "../../examples/service/operations.ts";
import { serve, settingsFrom } from "../../examples/service/main.ts";
import { ROOT } from "../support/project.ts";
import { DONE, fakeFleet, Files, natFile, until, type Behaviour } from "./fleetFake.ts";

const TOKEN = "t".repeat(32);
const OTHER = "u".repeat(32);
let files: Files;
let app: FastifyInstance;

beforeEach(() => {
  files = new Files(["alpha", "beta", "gamma"]);
});
afterEach(async () => {
  await app.close();
  files.remove();
});

async function service(behave: Behaviour = async () => DONE, options: Partial<ServiceOptions> = {}): Promise<void> {
  const fleet = fakeFleet(files.root, behave);
  app = await buildService({ fleet, root: files.root, tokens: [TOKEN, OTHER], concurrency: 1, ...options });
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Record<string, unknown>;
}

async function call(
  method: "GET" | "POST" | "PUT",
  url: string,
  headers: Record<string, string> = {},
  payload?: string,
): Promise<Answer> {
  const given = { authorization: `Bearer ${TOKEN}`, ...headers };
  const answer = await app.inject({ method, url, headers: given, ...(payload === undefined ? {} : { payload }) });
  const json = /json/.test(String(answer.headers["content-type"]));
  return { status: answer.statusCode, body: json ? answer.json() : { text: answer.body }, headers: answer.headers };
}

const begin = (name: string, key: string, verb = "up", headers: Record<string, string> = {}): Promise<Answer> =>
  call("POST", `/customers/${name}/${verb}`, { "idempotency-key": key, ...headers });

async function ended(id: unknown): Promise<Record<string, unknown>> {
  for (;;) {
    const { body } = await call("GET", `/operations/${String(id)}`);
    if (body["state"] !== "queued" && body["state"] !== "running") return body;
    await new Promise((done) => setTimeout(done, 5));
  }
}

describe("who may call", () => {
  test.each([
    ["/openapi.json", {}],
    ["/customers/alpha/status", { authorization: "Bearer wrong" }],
    ["/customers/nobody/status", { authorization: `Basic ${TOKEN}` }],
  ])("fails on %s with %j, with 401 and nothing else", async (url, headers) => {
    await service();
    const { statusCode, json } = await app.inject({ url, headers });
    expect([statusCode, (json as () => { detail: string })().detail]).toEqual([
      401,
      "expected authorization: Bearer and a token of this service",
    ]);
  });

  test("fails to start where nobody could call, or anybody could guess the token", async () => {
    await service();
    const options = { fleet: fakeFleet(files.root, async () => DONE), root: files.root };
    await expect(buildService({ ...options, tokens: [] })).rejects.toThrow("expected at least one of 32 characters");
    await expect(buildService({ ...options, tokens: ["short"] })).rejects.toThrow(TypeError);
  });

  test("a health check needs no token and tells nothing", async () => {
    await service();
    expect((await app.inject({ url: "/health" })).json()).toEqual({ ok: true });
  });

  test("fails with 429 for a token that asks too often, and for no other", async () => {
    await service(undefined, { requestsPerMinute: 3 });
    const codes = [];
    for (let n = 0; n < 4; n++) codes.push((await call("GET", "/openapi.json")).status);
    expect(codes).toEqual([200, 200, 200, 429]);
    expect((await call("GET", "/openapi.json", { authorization: `Bearer ${OTHER}` })).status).toBe(200);
  });

  test("fails with 429 for who guesses tokens, each another one", async () => {
    await service(undefined, { requestsPerMinute: 3 });
    const codes = [];
    for (let n = 0; n < 4; n++)
      codes.push((await call("GET", "/openapi.json", { authorization: `Bearer ${n}` })).status);
    expect(codes).toEqual([401, 401, 401, 429]);
  });
});

test("the OpenAPI document names every route and asks for a token", async () => {
  await service();
  const { paths, security } = (await call("GET", "/openapi.json")).body as { paths: object; security: unknown };
  expect(Object.keys(paths).sort()).toEqual([
    "/customers/{name}",
    "/customers/{name}/handoff",
    "/customers/{name}/preview",
    "/customers/{name}/status",
    "/customers/{name}/up",
    "/operations/{id}",
    "/operations/{id}/events",
  ]);
  expect(security).toEqual([{ token: [] }]);
});

describe("a new customer", () => {
  const put = (name: string, text: string): Promise<Answer> =>
    call("PUT", `/customers/${name}`, { "content-type": "application/yaml" }, text);

  test("is kept once its file is good, and is the same customer when sent again", async () => {
    await service();
    const answers = [await put("delta", natFile("delta")), await put("delta", natFile("delta"))];
    expect(answers.map(({ status, body }) => [status, body["name"]])).toEqual([
      [201, "delta"],
      [200, "delta"],
    ]);
    expect((await begin("delta", "key-delta-1")).status).toBe(202);
  });

  test("fails with 422 and every problem where its file is refused, and keeps nothing", async () => {
    await service();
    const { status, body } = await put("delta", "name: delta\nspec: { infrastructure: {} }\n");
    expect([status, (body["problems"] as unknown[]).length]).toEqual([422, 2]);
    expect((await begin("delta", "key-delta-2")).status).toBe(404);
  });

  test.each([
    ["another's name", "delta", natFile("alpha"), 422],
    ["a file that is there with other content", "alpha", natFile("alpha", "{ tier: gold }"), 409],
    ["a name that is a path", "..%2F..%2Fdelta", natFile("delta"), 400],
    ["a file that is too large", "delta", `# ${"x".repeat(300_000)}`, 413],
  ])("fails on %s", async (_, name, text, status) => {
    await service();
    expect((await put(name, text)).status).toBe(status);
  });

  test("fails with 422 where another customer has its AWS account already, and keeps nothing", async () => {
    await service();
    const dev = readFileSync(join(ROOT, "stacks/customers/dev.yaml"), "utf8");
    files.write("dev", dev);
    const { status, body } = await put("delta", dev.replace("name: dev\n", "name: delta\n"));
    const [problem] = body["problems"] as { file: string; path: string }[];
    expect([status, problem?.file, problem?.path]).toEqual([
      422,
      "delta.yaml",
      "spec.infrastructure.privateCodeHost.aws.accountID",
    ]);
    expect([existsSync(files.path("delta")), readdirSync(join(files.root, ".causeway"))]).toEqual([false, []]);
  });

  test("fails with 415 on anything but YAML", async () => {
    await service();
    expect((await call("PUT", "/customers/delta", { "content-type": "application/xml" }, "<a/>")).status).toBe(415);
    expect((await call("PUT", "/customers/delta", { "content-type": "application/json" }, "{}")).status).toBe(415);
  });
});

describe("an operation", () => {
  test("is begun, followed to its end, and says what came of it", async () => {
    await service();
    const { status, body, headers } = await begin("alpha", "key-alpha-1");
    expect([status, headers["location"]]).toEqual([202, `/operations/${String(body["id"])}`]);
    expect(await ended(body["id"])).toMatchObject({
      verb: "up",
      customer: "alpha",
      state: "done",
      result: { value: DONE },
    });
  });

  test("is begun once for one key, however often it is asked for", async () => {
    let ran = 0;
    await service(async () => {
      ran += 1;
      return DONE;
    });
    const first = await begin("alpha", "key-alpha-1");
    await ended(first.body["id"]);
    const again = await begin("alpha", "key-alpha-1");
    expect([again.status, again.body["id"], again.body["repeated"], ran]).toEqual([202, first.body["id"], true, 1]);
  });

  test("fails with 422 for a key that was used for something else, and begins where it is another caller's", async () => {
    await service();
    await ended((await begin("alpha", "key-shared")).body["id"]);
    expect((await begin("beta", "key-shared")).status).toBe(422);
    expect((await begin("beta", "key-shared", "up", { authorization: `Bearer ${OTHER}` })).status).toBe(202);
  });

  test("fails with 400 without a key", async () => {
    await service();
    expect((await call("POST", "/customers/alpha/up")).status).toBe(400);
  });

  test("fails with 409 while another works on that customer", async () => {
    await service((stack, _, signal) => until(signal, stack, 50));
    await begin("alpha", "key-alpha-1");
    const { status, body } = await begin("alpha", "key-alpha-2", "preview");
    expect([status, String(body["detail"])]).toEqual([
      409,
      expect.stringMatching(/^up of alpha is (queued|running): /),
    ]);
  });

  test("fails with 503 and when to ask again where too many wait", async () => {
    await service((stack, _, signal) => until(signal, stack, 50), { queued: 1 });
    const answers = [
      await begin("alpha", "key-00001"),
      await begin("beta", "key-00002"),
      await begin("gamma", "key-00003"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 503]);
    expect(answers[2]?.headers["retry-after"]).toBe("60");
  });

  test("fails with its cause and what to run next", async () => {
    await service(async () => {
      throw new EngineError("failed", "up of alpha failed:\n  quota");
    });
    expect(await ended((await begin("alpha", "key-alpha-1")).body["id"])).toMatchObject({
      state: "failed",
      result: { failure: { code: "failed", next: "npx causeway sandbox up alpha" } },
    });
  });

  test("streams its events from the beginning, ends with its result, and goes on after a lost connection", async () => {
    await service();
    const { id } = (await begin("alpha", "key-alpha-1")).body;
    const stream = async (headers: Record<string, string> = {}): Promise<string[]> => {
      const { body } = await call("GET", `/operations/${String(id)}/events`, headers);
      return Array.from(
        (body["text"] as string).matchAll(/^id: (\d+)\nevent: (.+)$/gm),
        ([, at, kind]) => `${at} ${kind}`,
      );
    };
    const all = ["0 begun", "1 stack-begun", "2 stack-ended", "3 ended"];
    expect(await stream()).toEqual(all);
    expect(await stream({ "last-event-id": "1" })).toEqual(all.slice(2));
  });

  test("fails with 404 where there is none", async () => {
    await service();
    expect((await call("GET", "/operations/00000000-0000-4000-8000-000000000000")).status).toBe(404);
  });
});

describe("a look", () => {
  test("at the hand-off gives it as data, or as Markdown where that is asked for", async () => {
    await service();
    const json = await call("GET", "/customers/alpha/handoff");
    expect([json.status, json.body["recorded"]]).toEqual([200, false]);
    const text = await call("GET", "/customers/alpha/handoff", { accept: "text/markdown" });
    expect(text.body["text"]).toMatch(/^# Private registry access for alpha$/m);
  });

  test("waits where as many others look, and fails with 503 where too many wait", async () => {
    await service();
    const operations = new Operations(
      fakeFleet(files.root, async () => DONE),
      { concurrency: 1, queued: 1 },
    );
    let most = 0;
    let now = 0;
    const look = (): Promise<void> =>
      operations.look(async () => {
        most = Math.max(most, ++now);
        await new Promise((done) => setTimeout(done, 5));
        now -= 1;
      });
    const both = [look(), look()];
    expect(look).toThrow("1 wait already; ask again in a minute");
    await Promise.all(both);
    expect(most).toBe(1);
  });

  test("at nobody fails with 404", async () => {
    await service();
    expect((await call("GET", "/customers/nobody/status")).status).toBe(404);
  });
});

describe("a stop", () => {
  test("ends what is in flight, does not begin what waits, and refuses what comes", async () => {
    await service();
    const fleet = fakeFleet(files.root, (stack, _, signal) => until(signal, stack, 10_000));
    const operations = new Operations(fleet, { concurrency: 1, queued: 9 });
    const members = await fleet.list();
    const begun = members.map((member) => operations.begin("up", member, `key-${member.stack}`, "me").operation);
    await new Promise((done) => setTimeout(done, 20));
    await operations.stop(1000);
    expect(begun.map(({ state }) => state)).toEqual(["interrupted", "not begun", "not begun"]);
    expect(() => operations.begin("up", members[0]!, "key-late", "me")).toThrow("the service is stopping");
  });
});

describe("the settings", () => {
  test("are the simulated clouds unless the environment says otherwise", async () => {
    await service();
    expect(settingsFrom({ CAUSEWAY_TOKENS: `${TOKEN},` })).toMatchObject({
      clouds: "sandbox",
      tokens: [TOKEN],
      port: 8080,
    });
  });

  test("fail with the variable that is wrong", async () => {
    await service();
    expect(() => settingsFrom({ CAUSEWAY_CLOUDS: "aws" })).toThrow(
      "CAUSEWAY_CLOUDS: expected sandbox or real, got aws",
    );
    await expect(serve({ PORT: "http" })).rejects.toThrow("PORT: expected a port, got http");
    await expect(serve({})).rejects.toThrow("tokens: expected at least one");
  });
});
