// Roll-outs as child processes on the real engine and simulated clouds, killed at every event they write and among the
// writes to the clouds, others each day, and gone on with as the commands say. That real clouds tell their health the same
// way is what this cannot show.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, inject, test } from "vitest";
import type { Recorded, RolloutDocument } from "../../fleet/rollout/index.ts";
import { listObjects } from "../../sandbox/index.ts";
import { World } from "../../sandbox/world.ts";
import { ROOT, ScratchProject, type Ran } from "../support/project.ts";

const engine = inject("engine");
const DAY = Number(process.env["CAUSEWAY_DAY"] ?? Math.floor(Date.now() / 86_400_000));

const nat = (name: string, wave: string): string => `
name: ${name}
labels: { wave: ${wave} }
spec:
  infrastructure:
    gcp: { projectID: causeway-${name}-4f2a, region: us-central1, network: { create: ${name} } }
    executors: { subnets: { executors: { ipCidrRange: 10.10.0.0/24 } } }
    executorNAT: {}
`;
/** Network, subnetwork, two addresses, router, NAT. */
const OBJECTS = 6;

class Project extends ScratchProject {
  constructor(customers: Readonly<Record<string, string>>) {
    super();
    for (const name of ["acme", "dev"]) rmSync(this.customerFile(name));
    for (const [name, text] of Object.entries(customers)) writeFileSync(this.customerFile(name), text);
  }

  rollout(...args: string[]): Promise<Ran> {
    return this.causeway("sandbox", "rollout", ...args);
  }

  /** Events of a roll-out, whole lines only. */
  events(id: string): Recorded[] {
    const path = join(this.root, ".causeway/rollouts", `${id}.jsonl`);
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Recorded);
  }

  /** Runs a command until `when` and kills it as a machine does that loses its power; `false` where it ended before. */
  async killed(when: () => boolean | Promise<boolean>, ...args: string[]): Promise<boolean> {
    const command = [join(ROOT, "bin/causeway.js"), "sandbox", "rollout", ...args];
    const child = spawn(process.execPath, command, { cwd: this.root, stdio: "ignore" });
    const ended = new Promise<void>((done) => child.on("close", () => done()));
    while (child.exitCode === null && !(await when())) await sleep(5);
    const alive = child.kill("SIGKILL");
    await ended;
    return alive;
  }

  async state(id: string): Promise<RolloutDocument> {
    return JSON.parse((await this.rollout("status", id, "--json")).stdout) as RolloutDocument;
  }

  /** Does what a halted roll-out says, and nothing else. */
  async asTold(id: string): Promise<void> {
    const { halt } = await this.state(id);
    if (halt === undefined) return;
    // told to wait for a run that is ending: an engine whose roll-out was killed takes a while to notice
    if (halt.next.length === 0) await new Promise((next) => setTimeout(next, 2000));
    for (const command of halt.next) {
      const args = command.replace(/^npx causeway /, "").split(" ");
      const told = await this.causeway(...args);
      if (told.code !== 0) await this.#deleteAsTold(command, `${told.stdout}${told.stderr}`);
    }
  }

  /** The simulated clouds end with their command, so that what they had just made may be in no state. */
  async #deleteAsTold(command: string, text: string): Promise<void> {
    const told = `nothing uses them; to delete them: ${command} --yes`;
    const deleted = text.includes(told)
      ? await this.causeway(...command.replace(/^npx causeway /, "").split(" "), "--yes")
      : undefined;
    if (deleted?.code !== 0) throw new Error(`${command}: ${text}${deleted?.stderr ?? ""}`);
  }

  /** Goes on until it is complete, as a person would: what is said is done, nothing is accepted. */
  async toTheEnd(id: string): Promise<RolloutDocument> {
    for (let tries = 0; tries < 8; tries += 1) {
      const state = await this.state(id);
      if (state.status === "completed") return state;
      await this.asTold(id);
      await this.rollout("resume", id);
    }
    throw new Error(JSON.stringify(await this.state(id)));
  }

  /** How often the clouds were written to. */
  writes(): number {
    return readFileSync(join(this.root, ".causeway/sandbox/world.jsonl"), "utf8").split("\n").length;
  }

  /** Objects in the clouds of each customer. */
  async objects(): Promise<Readonly<Record<string, number>>> {
    const world = World.open(join(this.root, ".causeway/sandbox/world.jsonl"));
    const counts: Record<string, number> = {};
    for (const { account } of listObjects(world)) counts[account] = (counts[account] ?? 0) + 1;
    await world.close();
    return counts;
  }
}

const kindsOf = (events: readonly Recorded[], kind: Recorded["kind"]): string[] =>
  events.flatMap((event) => (event.kind === kind && "stack" in event ? [event.stack] : []));

describe.skipIf(engine === null)("a roll-out to three customers in three waves", () => {
  const NAMES = ["one", "two", "three"];
  const project = new Project(Object.fromEntries(NAMES.map((name) => [name, nat(name, name)])));
  afterAll(() => project.remove());

  /** What is in the journal of a whole run, in order: kind with wave or stack. */
  const EVENTS = [
    "planned",
    ...NAMES.flatMap((name, index) => [
      `previewed ${index + 1}`,
      `begun ${name}`,
      `done ${name}`,
      `judged ${index + 1}`,
    ]),
    "completed",
  ];
  const label = (event: Recorded): string => {
    if ("stack" in event) return `${event.kind} ${event.stack}`;
    return "wave" in event ? `${event.kind} ${event.wave}` : event.kind;
  };

  test("is killed after every event it writes, and ends as if it had not been", async () => {
    const start = [
      "start",
      "--all",
      "--name",
      "made",
      "--auto-approve",
      ...NAMES.flatMap((n) => ["--wave", `label:wave=${n}`]),
    ];
    let kills = 0;
    for (const wanted of EVENTS) {
      const there = (): boolean => project.events("made-1").some((event) => label(event) === wanted);
      for (let tries = 0; !there(); tries += 1) {
        expect(tries, `${wanted} never came: ${JSON.stringify(project.events("made-1").at(-1))}`).toBeLessThan(5);
        if (project.events("made-1").length > 0) await project.asTold("made-1");
        const args = project.events("made-1").length === 0 ? start : ["resume", "made-1"];
        if (await project.killed(there, ...args)) kills += 1;
      }
    }
    const { status, waves } = await project.toTheEnd("made-1");
    expect(status).toBe("completed");
    expect(waves.map(({ health, stacks }) => [health?.healthy, stacks.map(({ state }) => state)])).toEqual(
      NAMES.map(() => [true, ["done"]]),
    );
    // What is written within the same few milliseconds is killed once; each preview and each update takes seconds.
    expect(kills).toBeGreaterThanOrEqual(2 * NAMES.length + 1);
    expect(kindsOf(project.events("made-1"), "done")).toEqual(NAMES);
    const counts = await project.objects();
    expect(NAMES.map((name) => counts[`causeway-${name}-4f2a`])).toEqual([OBJECTS, OBJECTS, OBJECTS]);
    expect((await project.causeway("sandbox", "preview", "--all", "--expect-no-changes")).code).toBe(0);
  });
});

describe.skipIf(engine === null)("a roll-out to five customers", () => {
  const NAMES = ["alpha", "beta", "delta", "epsilon", "gamma"];
  const project = new Project(
    Object.fromEntries(NAMES.map((name) => [name, nat(name, { alpha: "canary", gamma: "last" }[name] ?? "rest")])),
  );
  afterAll(() => project.remove());

  test("waits for approvals, is killed among its writes to the clouds, and reaches the same end", async () => {
    const waves = ["--wave", "label:wave=canary", "--wave", "50%", "--wave", "100%"];
    const started = await project.rollout("start", "--all", "--name", "made", ...waves);
    expect(started.code).toBe(0);
    expect(started.stdout).toMatch(/^made-1: wave 2 of 3 waits for an approval$/m);
    expect(started.stdout).toMatch(/^go on with npx causeway sandbox rollout approve made-1$/m);
    let moments = 0;
    for (const wave of ["2", "3"]) {
      const approved = await project.rollout("approve", "made-1", "--wave", wave, "--record-only");
      expect(approved.code, `${approved.stderr}${JSON.stringify((await project.state("made-1")).halt)}`).toBe(0);
      // of the objects of two stacks, the clouds have made so many
      const until = project.writes() + 1 + ((DAY * 7 + moments * 5) % (2 * OBJECTS));
      await project.killed(() => project.writes() >= until, "resume", "made-1");
      moments += 1;
      for (let tries = 0; tries < 12; tries += 1) {
        const state = await project.state("made-1");
        if (state.status === "completed" || (state.status === "waiting" && state.wave !== Number(wave))) break;
        await project.asTold("made-1");
        await project.rollout("resume", "made-1");
      }
    }
    expect((await project.state("made-1")).status).toBe("completed");
    expect(kindsOf(project.events("made-1"), "done").sort()).toEqual(NAMES);
    const counts = await project.objects();
    expect(NAMES.map((name) => counts[`causeway-${name}-4f2a`])).toEqual(NAMES.map(() => OBJECTS));
  });

  test("halts where the third wave would do what the first did not, and goes on once that is accepted", async () => {
    // The kills may have left the lock of a stack that had nothing more to change; who works on it next is told of it.
    await project.causeway("sandbox", "recover", "--all");
    for (const name of NAMES) project.edit(name, "executorNAT: {}", "executorNAT: { minPortsPerVm: 512 }");
    project.edit("gamma", "minPortsPerVm: 512", "minPortsPerVm: 512, maxPortsPerVm: 8192");
    const waves = ["canary", "rest", "last"].flatMap((wave) => ["--wave", `label:wave=${wave}`]);
    const started = await project.rollout("start", "--all", "--name", "ports", "--auto-approve", ...waves);
    expect([started.code, started.stdout.split("\n")[0]]).toEqual([
      1,
      "ports-1: halted: wave 3 differs from wave 1: gamma would update gcp:compute/routerNat:RouterNat <name>-nat " +
        "(maxPortsPerVm, minPortsPerVm), which no stack of wave 1 did",
    ]);
    expect(kindsOf(project.events("ports-1"), "begun").sort()).toEqual(["alpha", "beta", "delta", "epsilon"]);
    expect((await project.rollout("resume", "ports-1", "--allow-difference")).code).toBe(0);
    expect((await project.causeway("sandbox", "preview", "--all", "--expect-no-changes")).code).toBe(0);
  });
});

describe.skipIf(engine === null)("a health gate", () => {
  const psc = (name: string): string => `
name: ${name}
spec:
  infrastructure:
    gcp: { projectID: causeway-${name}-4f2a, region: us-central1, network: { create: ${name} } }
    executors: { subnets: { executors: { ipCidrRange: 10.10.0.0/24 } } }
    privateCodeHost:
      gcp:
        privateServiceConnectEndpoints:
          - domain: packages.${name}.example
            targetService: projects/${name}-shared/regions/us-central1/serviceAttachments/packages
`;
  const project = new Project({ first: psc("first"), second: psc("second") });
  afterAll(() => project.remove());

  test("halts where the customer turned us away, leaves the next wave alone, and goes on once they let us in", async () => {
    expect((await project.causeway("sandbox", "up", "first")).code).toBe(0);
    const service = "projects/first-shared/regions/us-central1/serviceAttachments/packages";
    const decide = (decision: string) =>
      project.causeway("sandbox", "customer", decision, service, "causeway-first-4f2a");
    expect((await decide("reject")).code).toBe(0);
    // Of two customers the hash of the name decides who is first, so they are named by labels.
    for (const name of ["first", "second"])
      project.edit(name, `name: ${name}`, `name: ${name}\nlabels: { wave: ${name} }`);
    const started = await project.rollout(
      ...["start", "--all", "--name", "labels", "--wave", "label:wave=first", "--wave", "label:wave=second"],
      ...["--auto-approve", "--gate-tries", "2", "--gate-wait", "1"],
    );
    expect(started.code).toBe(1);
    expect(started.stdout).toMatch(
      /^labels-1: halted: wave 1 is not healthy after 2 looks: first: first-psc-\S+ is REJECTED: .*; the customer's side$/m,
    );
    expect(started.stdout).toMatch(/^accept it with npx causeway sandbox rollout resume labels-1 --accept-health$/m);
    expect(kindsOf(project.events("labels-1"), "begun")).toEqual(["first"]);
    expect((await decide("accept")).code).toBe(0);
    const resumed = await project.rollout("resume", "labels-1");
    // The first wave only got labels; the second is new.
    expect([resumed.code, resumed.stdout.split(": second would")[0]]).toEqual([
      1,
      "labels-1: halted: wave 2 differs from wave 1",
    ]);
    expect((await project.rollout("resume", "labels-1", "--allow-difference")).code).toBe(0);
    expect(kindsOf(project.events("labels-1"), "begun")).toEqual(["first", "second"]);
  });
});
