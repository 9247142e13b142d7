/**
 * Prints what answering a fixed number of DNS queries costs CoreDNS, as JSON: under the rendered file with as many routes
 * as the second argument says (`rendered`), or under no more than `forward` (`plain`) or `forward` and `cache` (`cached`).
 * Four queries of five are for routes. The resolver asked is another CoreDNS that makes every answer up.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Route } from "../../plan/customer.ts";
import { renderCorefile } from "../../plan/dnsProxy.ts";
import type { Run } from "../measure.ts";

const QUERIES = 60_000;
/** Addresses of loopback that nothing else listens at. */
const [PROXY, RESOLVER] = ["127.85.0.1", "127.85.0.2"];
const PORT = 5353;

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "causeway-bench-dns-"));
const children: ChildProcess[] = [];

function tool(name: string): string {
  const { status, stdout, stderr } = spawnSync(join(root, "scripts/tools.sh"), [name], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr.trim());
  return stdout.trim();
}

const routesOf = (count: number): readonly Route[] =>
  Array.from({ length: count }, (_, i) => ({
    source: `registry${i}.packages.acme.example`,
    target: { kind: "name", destination: `vpce-${i}-k3.vpce-svc-0123456789abcdef0.us-east-1.vpce.amazonaws.com` },
  }));

/** A rendered Corefile at addresses of loopback, where an executor has its bridge and Google's resolver. */
const onLoopback = (corefile: string): string =>
  corefile
    .replace(/bind [\d. ]+/, `bind ${PROXY}`)
    .replaceAll("127.0.0.1:", `${PROXY}:`)
    .replaceAll("169.254.169.254", `${RESOLVER}:${PORT}`);

function corefileOf(kind: string, routes: readonly Route[]): string {
  if (kind === "rendered") {
    const values = { endpointNames: {}, pscAddresses: {}, blobHosts: {} };
    return onLoopback(renderCorefile({ routes, blobRoutes: [] }, values));
  }
  const cache = kind === "cached" ? "    cache 30\n" : "";
  return `. {\n    bind ${PROXY}\n${cache}    forward . ${RESOLVER}:${PORT}\n}\n`;
}

function start(name: string, corefile: string): ChildProcess {
  const path = join(folder, name);
  writeFileSync(path, corefile);
  const args = ["-quiet", "-conf", path, "-dns.port", String(PORT)];
  const child = spawn(tool("coredns"), args, { stdio: "ignore" });
  children.push(child);
  return child;
}

/** Sends every query of a file once. @returns milliseconds */
function ask(file: string): number {
  const args = ["-s", PROXY, "-p", String(PORT), "-d", file, "-n", "1", "-c", "8", "-q", "100"];
  const { stdout } = spawnSync(tool("dnsperf"), args, { encoding: "utf8" });
  const [completed, seconds] = [/completed:\s+(\d+)/, /Run time \(s\):\s+([\d.]+)/].map((form) =>
    Number(form.exec(stdout)?.[1]),
  );
  if (!(completed! >= 0.99 * QUERIES)) throw new Error(`expected ${QUERIES} answers, got ${completed}:\n${stdout}`);
  return seconds! * 1000;
}

/** Milliseconds of processor time. Source: `proc_pid_stat(5)`, utime and stime in hundredths of a second. */
function cpuOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function ready(): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { status } = spawnSync(tool("dig"), [`@${PROXY}`, "-p", String(PORT), "+time=1", "+tries=1", "www.example"]);
    if (status === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("CoreDNS did not answer within 20 s");
}

const [kind = "", count = ""] = process.argv.slice(2);
try {
  const routes = routesOf(Number(count));
  start(
    "resolver",
    `. {\n    bind ${RESOLVER}\n    template IN A . {\n        answer "{{ .Name }} 300 IN A 192.0.2.1"\n    }\n}\n`,
  );
  const proxy = start("proxy", corefileOf(kind, routes));
  await ready();
  const names = Array.from({ length: QUERIES }, (_, i) =>
    i % 5 === 0 ? `www${i % 500}.example` : routes[(i * 7919) % routes.length]!.source,
  );
  const file = join(folder, "queries");
  writeFileSync(file, names.map((name) => `${name} A\n`).join(""));
  ask(file);
  const before = cpuOf(proxy);
  const wall = ask(file);
  console.log(JSON.stringify({ wall, cpu: cpuOf(proxy) - before } satisfies Run));
} finally {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
}
