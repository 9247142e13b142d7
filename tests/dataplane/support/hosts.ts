/** Machines of the data-plane tier: each a network namespace with files of its own over those of this machine. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const PREFIX = "causeway-dp";
/** Folders a host has changes of its own to; everything else is this machine's. */
const OWN_FOLDERS = ["/etc", "/usr/bin", "/usr/local", "/var/lib"] as const;

/** What a command on a host ended with. */
export interface Ended {
  /** Exit code; 124 where it was ended at its time limit, 128 where a signal ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds; 20,000 unless told. */
  readonly timeout?: number;
}

/**
 * Runs a command of this machine that has to work.
 * @throws with what it said
 */
export function must(command: string, args: readonly string[], input?: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", input });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

/** One machine: what runs on it sees its network, its /etc, /usr/bin, /usr/local, /var/lib and /run, and nobody else's. */
export class Host {
  readonly namespace: string;
  readonly #folder: string;
  readonly #children = new Set<ChildProcess>();

  constructor(namespace: string, folder: string) {
    this.namespace = namespace;
    this.#folder = folder;
    must("ip", ["netns", "add", namespace]);
    for (const path of OWN_FOLDERS) {
      const [upper, work, merged] = ["upper", "work", "merged"].map((part) => join(folder, part, path));
      for (const made of [upper!, work!, merged!]) mkdirSync(made, { recursive: true });
      const options = `lowerdir=${path},upperdir=${upper},workdir=${work}`;
      must("mount", ["-t", "overlay", "overlay", "-o", options, merged!]);
    }
    mkdirSync(join(folder, "merged/run"), { recursive: true });
    must("ip", ["-n", namespace, "link", "set", "lo", "up"]);
  }

  /** Where a file of the host lies on this machine, for files below /etc, /usr/bin, /usr/local, /var/lib and /run. */
  path(file: string): string {
    return join(this.#folder, "merged", file);
  }

  write(file: string, text: string, mode = 0o644): void {
    const path = this.path(file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
  }

  read(file: string): string {
    return readFileSync(this.path(file), "utf8");
  }

  exists(file: string): boolean {
    return existsSync(this.path(file));
  }

  /** The words that run a command on the host: what `--via` of a command-line tool takes. */
  via(): string[] {
    const binds = [...OWN_FOLDERS, "/run"].map((path) => `mount --bind ${this.path(path)} ${path}`).join(" && ");
    return ["ip", "netns", "exec", this.namespace, "sh", "-c", `${binds} && exec "$@"`, "sh"];
  }

  /** A long-running process; ended with the host. */
  spawn(argv: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const [command, ...args] = [...this.via(), ...argv];
    const child = spawn(command!, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    child.on("error", () => this.#children.delete(child));
    return child;
  }

  /** Runs a command to its end. */
  exec(argv: readonly string[], { input, env, timeout = 20_000 }: ExecOptions = {}): Promise<Ended> {
    return new Promise((resolve) => {
      const child = this.spawn(argv, env);
      const said = { stdout: "", stderr: "" };
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        child.kill("SIGKILL");
      }, timeout);
      for (const name of ["stdout", "stderr"] as const) {
        child[name]!.setEncoding("utf8").on("data", (text: string) => (said[name] += text));
      }
      child.stdin!.on("error", () => undefined).end(input ?? "");
      child.once("close", (code) => {
        clearTimeout(timer);
        resolve({ status: late ? 124 : (code ?? 128), ...said });
      });
    });
  }

  /**
   * Runs a command that has to work, and gives what it wrote.
   * @throws with its exit code and what it said
   */
  async must(argv: readonly string[], options: ExecOptions = {}): Promise<string> {
    const { status, stdout, stderr } = await this.exec(argv, options);
    if (status !== 0) throw new Error(`${argv.join(" ")} ended with ${status}: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  }

  close(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    dispose(this.namespace, this.#folder);
  }
}

function dispose(namespace: string, folder: string): void {
  const pids = spawnSync("ip", ["netns", "pids", namespace], { encoding: "utf8" }).stdout;
  for (const pid of pids.split("\n").filter(Boolean)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // ended by itself
    }
  }
  spawnSync("ip", ["netns", "del", namespace]);
  for (const path of OWN_FOLDERS) spawnSync("umount", ["-l", join(folder, "merged", path)]);
}

let made = 0;

/** A set of hosts that ends as one, also when the process that made it ends early. */
export class Hosts {
  readonly folder: string;
  readonly #name = `${PREFIX}-${process.pid}-${++made}`;
  readonly #hosts: Host[] = [];
  readonly #close = (): void => this.close();

  constructor() {
    removeLeftOvers();
    this.folder = mkdtempSync(join(tmpdir(), `${this.#name}-`));
    process.once("exit", this.#close);
  }

  add(name: string): Host {
    const host = new Host(`${this.#name}-${name}`, join(this.folder, name));
    this.#hosts.push(host);
    return host;
  }

  /** Joins two hosts by a cable; `left` and `right` are the names of its ends. */
  cable([a, left]: readonly [Host, string], [b, right]: readonly [Host, string]): void {
    must("ip", [
      ...["-n", a.namespace, "link", "add", "name", left, "type", "veth"],
      ...["peer", "name", right, "netns", b.namespace],
    ]);
    for (const [host, end] of [[a, left] as const, [b, right] as const]) {
      must("ip", ["-n", host.namespace, "link", "set", end, "up"]);
    }
  }

  close(): void {
    process.removeListener("exit", this.#close);
    for (const host of this.#hosts.splice(0)) host.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Removes what test processes that were killed have left. */
function removeLeftOvers(): void {
  const isOver = (name: string): boolean => {
    const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    return pid !== undefined && !existsSync(`/proc/${pid}`);
  };
  for (const folder of readdirSync(tmpdir()).filter(isOver)) {
    const path = join(tmpdir(), folder);
    for (const host of readdirSync(path)) {
      const name = folder.replace(/-[^-]*$/, `-${host}`);
      if (existsSync(join(path, host, "merged"))) dispose(name, join(path, host));
    }
    rmSync(path, { recursive: true, force: true });
  }
}

/** Why this machine cannot run the tier, or undefined where it can. */
export function refusal(): string | undefined {
  if (process.platform !== "linux") return `network namespaces need Linux, and this is ${process.platform}`;
  if (process.getuid?.() !== 0) return "network namespaces need root";
  const name = `${PREFIX}-${process.pid}-0-probe`;
  const steps = [
    ["ip", "netns", "add", name],
    ["ip", "-n", name, "link", "add", "name", "v0", "type", "veth", "peer", "name", "v1"],
    ["ip", "-n", name, "link", "add", "name", "b0", "type", "bridge"],
    ["ip", "netns", "exec", name, "iptables", "-A", "INPUT", "-m", "conntrack", "--ctstate", "ESTABLISHED"],
    ["ip", "netns", "exec", name, "nft", "list", "ruleset"],
  ];
  const failed = steps.find(([command, ...args]) => spawnSync(command!, args).status !== 0);
  spawnSync("ip", ["netns", "del", name]);
  return failed === undefined ? undefined : `this machine refuses \`${failed.join(" ")}\``;
}
