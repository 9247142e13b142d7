// What halts a roll-out and what goes on, on fleets that only count. That previews and health are true to real clouds is
// what this cannot show.
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FleetError } from "../../fleet/error.ts";
import type { Recorded } from "../../fleet/rollout/index.ts";
import { normalisedChanges } from "../../fleet/rollout/equivalence.ts";
import { Bench, failure, step } from "./rolloutFake.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench(["alpha"], ["beta", "gamma"], ["delta", "epsilon"]);
});
afterEach(() => bench.remove());

const journal = (): Recorded[] =>
  readFileSync(join(bench.folder, "ports-1.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Recorded);

const ups = (): number[] => [...bench.fleet.stacks.values()].map(({ asked }) => asked.up);

const start = (settings = {}) => bench.runner().start(bench.plan(settings), "ana");

describe("a roll-out", () => {
  test("goes from wave to wave and says what it did, an event a line", async () => {
    const { phase } = await start();
    expect(phase).toBe("completed");
    expect(ups()).toEqual([1, 1, 1, 1, 1]);
    expect(journal().map(({ kind }) => kind)).toEqual([
      "planned",
      ...["previewed", "begun", "done", "judged"],
      ...["previewed", "begun", "done", "begun", "done", "judged"],
      ...["previewed", "begun", "done", "begun", "done", "judged"],
      "completed",
    ]);
    await expect(bench.runner().resume("ports-1", { by: "ben" })).rejects.toThrow(
      "roll-out ports-1 is complete; start another one",
    );
  });

  test("waits for an approval before the second wave and the third, and keeps who gave it", async () => {
    const runner = bench.runner();
    await start({ autoApprove: false });
    expect(ups()).toEqual([1, 0, 0, 0, 0]);
    // Nobody approved, so going on changes nothing.
    await runner.resume("ports-1", { by: "ben" });
    expect(ups()).toEqual([1, 0, 0, 0, 0]);
    await expect(runner.approve("ports-1", "ben", 3)).rejects.toThrow(
      "roll-out ports-1: expected the wave that waits, 2, got 3; nothing was approved",
    );
    const approved = await runner.approve("ports-1", "ben", 2);
    expect(approved.waves.map(({ approvedBy }) => approvedBy)).toEqual([undefined, "ben", undefined]);
    expect(ups()).toEqual([1, 0, 0, 0, 0]);
    await runner.resume("ports-1", { by: "ben" });
    expect(ups()).toEqual([1, 1, 1, 0, 0]);
    await runner.approve("ports-1", "cyd");
    expect((await runner.resume("ports-1", { by: "cyd" })).phase).toBe("completed");
    await expect(runner.approve("ports-1", "cyd")).rejects.toThrow("is complete");
  });

  test("halts where a wave would do what the first did not, before it touches a stack of it", async () => {
    bench.fleet.stack("gamma").steps = [
      ...bench.fleet.stack("gamma").steps,
      step("gamma", "gamma-aws-111122223333-us-east-1-t0", "replace", "gcp:compute/vPNTunnel:VPNTunnel", [
        "ikeVersion",
      ]),
    ];
    const { phase, halt } = await start();
    expect([phase, halt?.cause, halt?.reason]).toEqual([
      "halted",
      "difference",
      "wave 2 differs from wave 1: gamma would replace gcp:compute/vPNTunnel:VPNTunnel <name>-aws-<account>-<region>-t0 " +
        "(ikeVersion), which no stack of wave 1 did",
    ]);
    expect(ups()).toEqual([1, 0, 0, 0, 0]);
    // Going on without accepting it looks again, and halts again.
    expect((await bench.runner().resume("ports-1", { by: "ben" })).halt?.cause).toBe("difference");
    expect(bench.fleet.stack("gamma").asked.preview).toBe(2);
    const done = await bench.runner().resume("ports-1", { by: "ben", accept: ["difference"] });
    expect(done.phase).toBe("completed");
    expect(journal().filter(({ kind }) => kind === "accepted")).toMatchObject([
      { wave: 2, what: "difference", by: "ben" },
    ]);
  });

  test("holds every preview and every update to its policies, after a resumption too", async () => {
    await start({ autoApprove: false });
    await bench.runner().approve("ports-1", "ben");
    await bench.runner().resume("ports-1", { by: "ben" });
    expect(bench.fleet.packs.length).toBeGreaterThan(4);
    expect(new Set(bench.fleet.packs.map((packs) => String(packs)))).toEqual(new Set(["/packs/ours"]));
  });

  test("goes on where a stack has less to change than the first wave, or nothing", async () => {
    bench.fleet.stack("epsilon").upToDate = true;
    expect((await start()).phase).toBe("completed");
  });

  test("halts at the first failure and begins no other stack; resuming tries the failed one again", async () => {
    bench.fleet.stack("beta").failure = failure("failed", "quota exceeded", "npx causeway sandbox recover beta");
    const { halt, waves } = await start();
    expect(halt).toEqual({
      wave: 2,
      cause: "failures",
      reason: "1 of 2 stacks of wave 2 failed: beta: quota exceeded",
      next: ["npx causeway sandbox recover beta"],
    });
    expect(waves[1]?.stacks.get("gamma")).toEqual({ state: "pending", attempts: 0 });
    delete bench.fleet.stack("beta").failure;
    expect((await bench.runner().resume("ports-1", { by: "ben" })).phase).toBe("completed");
    expect(ups()).toEqual([1, 2, 1, 1, 1]);
  });

  test("goes on past fewer failures than were allowed, and ends complete with one failed", async () => {
    bench.fleet.stack("beta").failure = failure("failed", "quota exceeded");
    const { phase, waves } = await start({ maxFailures: 2 });
    expect(phase).toBe("completed");
    expect(waves.map(({ stacks }) => [...stacks.values()].map(({ state }) => state))).toEqual([
      ["done"],
      ["failed", "done"],
      ["done", "done"],
    ]);
    expect(bench.fleet.stack("beta").asked.status).toBe(0);
  });

  test("halts where every stack of a wave failed, however many may", async () => {
    bench.fleet.stack("alpha").failure = failure("failed", "quota exceeded");
    expect((await start({ maxFailures: 9 })).halt?.reason).toBe("1 of 1 stack of wave 1 failed: alpha: quota exceeded");
  });

  test("halts where a wave stays unhealthy, after as many looks as were asked for", async () => {
    bench.fleet.stack("alpha").healthy = false;
    const { halt } = await start();
    expect(halt?.reason).toBe("wave 1 is not healthy after 3 looks: alpha: tunnel t2 is down on our side");
    expect([bench.fleet.stack("alpha").asked.status, bench.waited]).toEqual([3, 60]);
    expect(ups()).toEqual([1, 0, 0, 0, 0]);
    bench.fleet.stack("alpha").healthy = true;
    expect((await bench.runner().resume("ports-1", { by: "ben" })).phase).toBe("completed");
    expect(ups()).toEqual([1, 1, 1, 1, 1]);
  });

  test("lets a person accept health as it is, and nothing that is not in question", async () => {
    bench.fleet.stack("alpha").healthy = false;
    await start();
    await expect(bench.runner().resume("ports-1", { by: "ben", accept: ["difference"] })).rejects.toThrow(
      "roll-out ports-1 is halted for something else: wave 1 is not healthy after 3 looks: alpha: tunnel t2 is down on " +
        "our side; accept a difference only after a review of it",
    );
    const { phase, waves } = await bench.runner().resume("ports-1", { by: "ben", accept: ["health"] });
    expect([phase, waves[0]?.accepted]).toEqual(["completed", { health: "ben" }]);
  });

  test("does not roll out a file that was changed meanwhile, and goes on once it is back", async () => {
    await start({ autoApprove: false });
    writeFileSync(bench.path("beta"), "name: beta\n# changed\n");
    await bench.runner().approve("ports-1", "ben");
    const { halt } = await bench.runner().resume("ports-1", { by: "ben" });
    expect(halt?.reason).toBe(
      "1 of 2 stacks of wave 2 failed: beta: beta.yaml was changed since the roll-out was planned; put the file back " +
        "and resume, or abort and start another roll-out",
    );
    expect(bench.fleet.stack("beta").asked.up).toBe(0);
    writeFileSync(bench.path("beta"), "name: beta\n");
    await bench.runner().resume("ports-1", { by: "ben" });
    expect(ups()).toEqual([1, 1, 1, 0, 0]);
  });

  test("stops where it is told to, and goes on from there", async () => {
    const stop = new AbortController();
    bench.fleet.dying = (point) => point === "after up of beta" && stop.abort();
    const { phase } = await bench.runner().start(bench.plan(), "ana", { signal: stop.signal });
    expect([phase, ups()]).toEqual(["running", [1, 1, 0, 0, 0]]);
    expect((await bench.runner().resume("ports-1", { by: "ben" })).phase).toBe("completed");
    expect(ups()).toEqual([1, 1, 1, 1, 1]);
  });

  test("runs an activity again where it threw, looks before it updates again, and halts at the third throw", async () => {
    let throws = 2;
    bench.fleet.dying = (point) => {
      if (point === "after up of alpha" && throws-- > 0) throw new Error("connection reset");
    };
    expect((await start()).phase).toBe("completed");
    expect(bench.fleet.stack("alpha")).toMatchObject({ effective: 1, asked: { preview: 2, up: 1 } });
    bench.remove();
    bench = new Bench(["alpha"]);
    bench.fleet.dying = (point) => {
      if (point === "before up of alpha") throw new Error("connection reset");
    };
    expect((await start()).halt).toEqual({ wave: 1, cause: "defect", reason: "wave 1: connection reset", next: [] });
  });

  test("fails where the clouds cannot be had, and goes on once they can", async () => {
    bench.fleet.dying = (point) => {
      if (point === "before preview of beta") throw new FleetError("in-use", "the simulated clouds are in use by dan");
    };
    await expect(start()).rejects.toThrow("the simulated clouds are in use by dan");
    bench.fleet.dying = () => {};
    expect((await bench.runner().resume("ports-1", { by: "ben" })).phase).toBe("completed");
    expect(journal().filter(({ kind }) => kind === "halted")).toEqual([]);
    expect(ups()).toEqual([1, 1, 1, 1, 1]);
  });

  test("updates so many stacks at once as it was told, and each once", async () => {
    bench.remove();
    bench = new Bench(["alpha", "beta", "gamma", "delta", "epsilon"]);
    let [now, most] = [0, 0];
    bench.fleet.dying = (point) => {
      if (point.startsWith("before up")) most = Math.max(most, ++now);
    };
    const runner = bench.runner();
    const done = await runner.start(bench.plan({ concurrency: 3 }), "ana", {
      onRecord: ({ kind }) => (kind === "done" ? now-- : undefined),
    });
    expect([done.phase, most, ups()]).toEqual(["completed", 3, [1, 1, 1, 1, 1]]);
  });

  test("may be aborted, and is over then", async () => {
    await start({ autoApprove: false });
    const { phase, aborted } = await bench.runner().abort("ports-1", "ben", "wrong change");
    expect([phase, aborted]).toEqual(["aborted", { by: "ben", reason: "wrong change" }]);
    await expect(bench.runner().resume("ports-1", { by: "ben" })).rejects.toThrow(
      "roll-out ports-1 was aborted by ben (wrong change); start another one",
    );
  });

  test("fails to start where another that is not finished has one of its stacks, or its name", async () => {
    await start({ autoApprove: false });
    await expect(bench.runner().start(bench.plan({}, "other-1"), "ben")).rejects.toThrow(
      "roll-out ports-1 is not finished and has alpha, beta, gamma, delta, epsilon; go on with " +
        "npx causeway sandbox rollout resume ports-1 or end it with npx causeway sandbox rollout abort ports-1",
    );
    await bench.runner().abort("ports-1", "ben", "wrong change");
    await expect(start()).rejects.toThrow("there is a roll-out ports-1 already; give this one another name");
    for (const stack of bench.fleet.stacks.values()) stack.upToDate = true;
    expect((await bench.runner().start(bench.plan({}, "other-1"), "ben")).phase).toBe("completed");
    expect((await bench.runner().list()).map(({ plan }) => plan.id)).toEqual(["ports-1", "other-1"]);
  });
});

describe("a journal", () => {
  const holder = (pid: number, start: string, host = hostname(), number = 900): void => {
    const folder = join(bench.folder, "ports-1.lock");
    mkdirSync(folder, { recursive: true });
    const text = JSON.stringify({ host, pid, start, user: "dan", since: "2026-11-21T01:00:00.000Z" });
    writeFileSync(join(folder, String(number)), text);
  };
  const resume = () => bench.runner().resume("ports-1", { by: "ben" });

  beforeEach(() => start({ autoApprove: false }));

  test("fails a second writer while the first works, with who that is", async () => {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${process.pid}/stat`, "utf8");
    holder(process.pid, `${boot} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`);
    await expect(resume()).rejects.toThrow(
      `roll-out ports-1 is worked on by dan@${hostname()}, process ${process.pid}, since 2026-11-21T01:00:00.000Z; wait until it has ended`,
    );
  });

  test("fails while a writer on another host may work, with what to remove", async () => {
    holder(1, "", "elsewhere");
    await expect(resume()).rejects.toThrow(/; if that process is gone for good, remove .*ports-1\.lock$/);
  });

  test("is taken over from a writer that is gone, or whose pid another process has by now", async () => {
    holder(2 ** 22 + 1, "a 1");
    await resume();
    expect(readdirSync(join(bench.folder, "ports-1.lock"))).toEqual(["901"]);
    holder(process.pid, "a 1", hostname(), 950);
    await resume();
    expect(readdirSync(join(bench.folder, "ports-1.lock"))).toEqual(["951"]);
  });

  test("fails where a line within it is damaged, and forgives only a last one without its end", async () => {
    const path = join(bench.folder, "ports-1.jsonl");
    appendFileSync(path, `{"kind":"aborted","by":"${"x".repeat(5000)}`);
    await bench.runner().approve("ports-1", "ben");
    expect(journal().at(-1)).toMatchObject({ kind: "approved", by: "ben" });
    appendFileSync(path, "junk\n");
    await expect(resume()).rejects.toThrow(/ports-1\.jsonl:\d+: expected an event of a roll-out, got something else; /);
  });

  test("fails on a name nobody gave, with those there are", async () => {
    await expect(bench.runner().resume("../x", { by: "ben" })).rejects.toThrow(
      "expected a roll-out, got ../x; there are: ports-1",
    );
  });
});

describe("changes", () => {
  test("are the same for two customers once names, accounts, regions, zones and services are left out", () => {
    const of = (stack: string, account: string, region: string, zone: string, service: string, subnet: string) =>
      normalisedChanges(
        [
          step(stack, `${stack}-aws-${account}-${region}-t1`, "replace", "gcp:compute/vPNTunnel:VPNTunnel", [
            "ikeVersion",
          ]),
          step(stack, `${stack}-aws-${account}-${region}-${zone}`, "update", "aws:ec2/subnet:Subnet", ["tags.a"]),
          step(stack, `${stack}-${service}-${subnet}-443`, "create", "aws:vpc/rule:Rule"),
          step(stack, `${stack}-${service}-${subnet}-8443`, "create", "aws:vpc/rule:Rule", ["cidrs[0]", "cidrs[1]"]),
        ],
        { stack, own: [subnet, `${stack}-prod-4f2a`] },
      );
    const acme = of("acme", "111122223333", "us-east-1", "use1-az4", "vpce-svc-0a1b2c3d4e5f67890", "executors");
    expect(acme).toEqual([
      "create aws:vpc/rule:Rule <name>-<service>-<own>-443",
      "create aws:vpc/rule:Rule <name>-<service>-<own>-8443 (cidrs[*])",
      "replace gcp:compute/vPNTunnel:VPNTunnel <name>-aws-<account>-<region>-t1 (ikeVersion)",
      "update aws:ec2/subnet:Subnet <name>-aws-<account>-<region>-<zone> (tags.a)",
    ]);
    expect(of("t", "444455556666", "ap-southeast-2", "apse2-az1", "vpce-svc-00000000000000001", "runners-b")).toEqual(
      acme,
    );
  });
});
