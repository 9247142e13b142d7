// The example service as a process of its own, with the real engine on simulated clouds: one customer from its file to its
// hand-off, and a stop in the middle of an update. That it stands behind a proxy is what this cannot show.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { natFile } from "../fleet/fleetFake.ts";
import { ROOT, ScratchProject } from "../support/project.ts";

const TOKEN = "t".repeat(40);

describe.skipIf(inject("engine") === null)("the example service", () => {
  let project: ScratchProject;
  let process_: ChildProcess;
  let url: string;

  beforeAll(async () => {
    project = new ScratchProject();
    await start();
  });
  afterAll(() => {
    process_.kill("SIGKILL");
    project.remove();
  });

  async function start(): Promise<void> {
    const env = { ...process.env, CAUSEWAY_ROOT: project.root, CAUSEWAY_TOKENS: TOKEN, PORT: "0" };
    const stdio = ["ignore", "pipe", "inherit"] as const;
    const child = spawn(process.execPath, [join(ROOT, "examples/service/main.ts")], {
      cwd: project.root,
      env,
      stdio: [...stdio],
    });
    process_ = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const found = /listening at (http:[^"]+)/.exec(line);
      if (found === null) continue;
      url = found[1]!;
      break;
    }
    child.stdout.resume();
  }

  const call = (method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Response> =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });

  const begin = async (name: string, verb: "preview" | "up", key: string): Promise<string> => {
    const answer = await call("POST", `/customers/${name}/${verb}`, { "idempotency-key": key });
    expect(answer.status).toBe(202);
    return ((await answer.json()) as { id: string }).id;
  };

  /** Kinds of events to the end, and the result. */
  const follow = async (id: string): Promise<{ kinds: Set<string>; ended: { state: string } }> => {
    const text = await (await call("GET", `/operations/${id}/events`)).text();
    const events = Array.from(text.matchAll(/^event: (.+)\ndata: (.+)$/gm), ([, kind = "", data = ""]) => ({
      kind,
      data,
    }));
    return {
      kinds: new Set(events.map(({ kind }) => kind)),
      ended: JSON.parse(events.at(-1)!.data) as { state: string },
    };
  };

  test("takes a customer from its file to its hand-off", async () => {
    const put = await call("PUT", "/customers/omega", { "content-type": "application/yaml" }, natFile("omega"));
    expect(put.status).toBe(201);
    expect((await follow(await begin("omega", "preview", "preview-1"))).ended.state).toBe("done");
    const { kinds, ended } = await follow(await begin("omega", "up", "up-omega-1"));
    expect([ended.state, [...kinds]]).toEqual(["done", ["begun", "stack-begun", "resource", "stack-ended", "ended"]]);
    expect(await (await call("GET", "/customers/omega/status")).json()).toMatchObject({ healthy: true, problems: [] });
    const handoff = await call("GET", "/customers/omega/handoff");
    expect(await handoff.json()).toMatchObject({ recorded: true });
  });

  test("ends an update that is under way when it is stopped, and leaves its stack whole", async () => {
    await call("PUT", "/customers/sigma", { "content-type": "application/yaml" }, natFile("sigma"));
    const id = await begin("sigma", "up", "up-sigma-1");
    const stream = (await call("GET", `/operations/${id}/events`)).body!.pipeThrough(new TextDecoderStream());
    let told = "";
    for await (const text of stream) {
      const stop = !told.includes("event: resource") && text.includes("event: resource");
      told += text;
      if (stop) process_.kill("SIGTERM");
    }
    expect(JSON.parse(told.slice(told.lastIndexOf("data: ") + 6)) as object).toMatchObject({ state: "interrupted" });
    expect(process_.exitCode ?? (await once(process_, "exit"))[0]).toBe(0);
    const { code, stdout } = await project.causeway("sandbox", "up", "sigma");
    expect([code, /^sigma: (\d created|no changes)/m.test(stdout)]).toEqual([0, true]);
  });
});
