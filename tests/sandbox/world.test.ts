/**
 * Tier: provider protocol and files. Shows that the world outlives its process, what is in its file, and who may open
 * it. It cannot show what a failing disk or a power cut does.
 */
import { execFileSync, fork, spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { startSandbox, WorldFileError, WorldInUseError, type Sandbox } from "../../sandbox/index.ts";
import { World, type CloudObject } from "../../sandbox/world.ts";
import { Provider, type Resource } from "./client.ts";
import * as estate from "./estate.ts";

const VPC = "aws:ec2/vpc:Vpc";
const SERVER = join(import.meta.dirname, "server.ts");
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(worldFile: string): Promise<Sandbox> {
  const sandbox = await startSandbox({ worldFile });
  closing.push(() => sandbox.close());
  return sandbox;
}

/** A sandbox in a process of its own, with the port of its AWS provider. */
async function startChild(worldFile: string): Promise<{ child: ChildProcess; sandbox: Sandbox }> {
  const child = fork(SERVER, [worldFile], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  closing.push(() => child.kill("SIGKILL"));
  const ports = await new Promise<Sandbox["ports"]>((resolve) => child.once("message", resolve));
  return { child, sandbox: { ports } as Sandbox };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

test("a later run finds the clouds as they were left", async () => {
  const file = estate.newWorldFile();
  const first = await startSandbox({ worldFile: file });
  const provider = await estate.aws(first);
  const side = await estate.awsSide(provider);
  await provider.delete(side.group);
  const before = first.world.list();
  provider.close();
  await first.close();
  const second = await open(file);
  expect(second.world.list()).toEqual(before);
  const again = await estate.aws(second);
  closing.push(() => again.close());
  expect((await again.read(side.gateway))!.state).toEqual({ ...side.gateway.state, vpcId: side.vpc.id });
  const next = await again.create(VPC, { cidrBlock: "10.0.0.0/24" });
  expect(before.map(({ id }) => id)).not.toContain(next.id);
});

test("a kill loses nothing that was acknowledged", async () => {
  const file = estate.newWorldFile();
  const { child, sandbox } = await startChild(file);
  const provider = await estate.aws(sandbox);
  const acknowledged: Resource[] = [];
  const creating = (async (): Promise<void> => {
    for (let index = 0; ; index++) {
      const more = Array.from({ length: 8 }, () => provider.create(VPC, { cidrBlock: `10.${index % 200}.0.0/24` }));
      acknowledged.push(...(await Promise.all(more)));
    }
  })().catch(() => undefined);
  while (acknowledged.length < 80) await new Promise((resolve) => setTimeout(resolve, 5));
  await kill(child);
  await creating;
  provider.close();
  const { world } = await open(file);
  const found = new Set(world.list().map(({ id }) => id));
  expect(acknowledged.filter(({ id }) => !found.has(id))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThanOrEqual(80);
});

test("a line cut short by a kill is dropped, the rest is kept", async () => {
  const file = estate.newWorldFile();
  const first = await startSandbox({ worldFile: file });
  await estate.seed(first);
  const before = first.world.list();
  await first.close();
  appendFileSync(file, '{"put":[{"cloud":"aws","acc');
  expect((await open(file)).world.list()).toEqual(before);
});

test("fails with the line for a file that is damaged in the middle", async () => {
  const file = estate.newWorldFile();
  const first = await startSandbox({ worldFile: file });
  await estate.seed(first);
  await first.close();
  const lines = readFileSync(file, "utf8").split("\n");
  writeFileSync(file, [lines[0], "{", ...lines.slice(2)].join("\n"));
  await expect(startSandbox({ worldFile: file })).rejects.toThrow(WorldFileError);
  await expect(startSandbox({ worldFile: file })).rejects.toThrow(/is damaged at line 2: the line is not JSON/);
  writeFileSync(file, '{"some":"thing else"}\n');
  await expect(startSandbox({ worldFile: file })).rejects.toThrow(/at line 1: it is not a world of this version/);
});

test("fails to open a world that this process has open, naming the process", async () => {
  const file = estate.newWorldFile();
  await open(file);
  const error = await startSandbox({ worldFile: file }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(WorldInUseError);
  expect((error as WorldInUseError).pid).toBe(process.pid);
});

test("fails to open a world that another process has open, and takes it over once that one is gone", async () => {
  const file = estate.newWorldFile();
  const { child } = await startChild(file);
  const message = ((await startSandbox({ worldFile: file }).catch((caught: unknown) => caught)) as Error).message;
  expect(message.replace(/ since \S+Z:/, " since <time>:")).toBe(
    `the sandbox world ${file} is in use by ${userInfo().username}, process ${child.pid}, since <time>: wait for it to end, or stop it`,
  );
  await kill(child);
  expect(existsSync(`${file}.lock`)).toBe(true);
  await open(file);
  expect(JSON.parse(readFileSync(`${file}.lock`, "utf8"))).toMatchObject({ pid: process.pid });
});

test("a process id that was given to another program meanwhile does not hold the world", async () => {
  const file = estate.newWorldFile();
  const other = spawn("sleep", ["60"]);
  closing.push(() => other.kill());
  writeFileSync(`${file}.lock`, JSON.stringify({ pid: other.pid, started: "1" }));
  await open(file);
});

test("of many processes that want one abandoned world, one gets it", async () => {
  const file = estate.newWorldFile();
  writeFileSync(`${file}.lock`, JSON.stringify({ pid: 2 ** 22 - 1, started: "1" }));
  const contenders = await Promise.all(
    Array.from({ length: 6 }, () => {
      const child = fork(SERVER, [file], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
      closing.push(() => child.kill("SIGKILL"));
      const won = new Promise<string>((resolve) => child.once("message", () => resolve("won")));
      const lost = new Promise<string>((resolve) => child.once("exit", () => resolve("lost")));
      return Promise.race([won, lost]);
    }),
  );
  expect(contenders.filter((result) => result === "won")).toHaveLength(1);
});

test("no key is readable in the file, and equal keys are known as equal only within one world", async () => {
  const file = estate.newWorldFile();
  const sandbox = await open(file);
  await estate.seed(sandbox);
  const [aws, google] = [await estate.aws(sandbox), await estate.google(sandbox)];
  closing.push(() => (aws.close(), google.close()));
  const [side, near] = [await estate.awsSide(aws), await estate.googleSide(google)];
  const bgp = { type: "ipsec.1", bgpAsn: "64520", ipAddress: estate.outsideAddress(near.gateway, 0) };
  const customer = await aws.create("aws:ec2/customerGateway:CustomerGateway", bgp);
  const connection = await aws.create(
    "aws:ec2/vpnConnection:VpnConnection",
    estate.connectionArgs(side.gateway, customer),
  );
  const external = await google.create(
    "gcp:compute/externalVpnGateway:ExternalVpnGateway",
    estate.externalArgs([connection]),
  );
  const tunnel = await google.create("gcp:compute/vPNTunnel:VPNTunnel", estate.tunnelArgs(near, external, 0));
  const random = await Provider.configured(sandbox, "random", {});
  closing.push(() => random.close());
  const password = await random.create("random:index/randomPassword:RandomPassword", { length: 24 });
  const content = readFileSync(file, "utf8");
  expect(content).toContain(connection.id);
  expect(content).toContain(tunnel.id);
  for (const secret of [estate.key(1), estate.key(2), String(password.state["result"])])
    expect(content).not.toContain(secret);
  expect(content).not.toContain("pre_shared_key");
  const far = await open(estate.newWorldFile());
  expect(far.world.hash("key")).not.toBe(sandbox.world.hash("key"));
  expect((await google.read(tunnel))!.inputs["sharedSecret"]).toBe(estate.key(1));
});

test("the file holds what is, not what was, once it is opened again", async () => {
  const file = estate.newWorldFile();
  const first = await startSandbox({ worldFile: file });
  const provider = await estate.aws(first);
  for (let index = 0; index < 20; index++)
    await provider.delete(await provider.create(VPC, { cidrBlock: "10.0.0.0/24" }));
  provider.close();
  await first.close();
  const lines = (): number => readFileSync(file, "utf8").trim().split("\n").length;
  expect(lines()).toBeGreaterThanOrEqual(41);
  await (await startSandbox({ worldFile: file })).close();
  expect(lines()).toBe(2);
});

function object(index: number): CloudObject {
  const place = { cloud: "aws", account: estate.ACCOUNT, region: "us-east-1" } as const;
  const filled = { args: { cidrBlock: "10.0.0.0/24" }, attrs: {}, secrets: {}, uses: [], within: [] };
  return { ...place, type: VPC, id: `vpc-${index}`, ...filled };
}

test("adding to a world of 20,000 objects costs what adding to an empty one costs", async () => {
  const world = World.open(estate.newWorldFile());
  closing.push(() => world.close());
  let made = 0;
  /** Processor time, which other programs on the machine do not lengthen as they do the clock's. */
  const add = async (count: number): Promise<number> => {
    const start = process.cpuUsage();
    for (const end = made + count; made < end; made++) {
      const tx = world.begin();
      tx.put(object(made));
      void tx.commit();
    }
    await world.begin().commit();
    const { user, system } = process.cpuUsage(start);
    return user + system;
  };
  const least = async (): Promise<number> => Math.min(await add(500), await add(500), await add(500), await add(500));
  await add(1_000);
  const small = await least();
  await add(17_000);
  const large = await least();
  expect(world.list()).toHaveLength(22_000);
  expect(large).toBeLessThan(small * 4);
});

test("the sandbox learns nothing from the program it examines", () => {
  const root = join(import.meta.dirname, "../..");
  const imports = execFileSync("grep", ["-rhoE", 'from "[^"]+"', join(root, "sandbox"), "--include=*.ts"], {
    encoding: "utf8",
  });
  const outside = imports.match(/"(\.\.\/)+(plan|components|stacks|engine|cli|fleet)\//g);
  expect(imports.length).toBeGreaterThan(1000);
  expect(outside).toBeNull();
});
