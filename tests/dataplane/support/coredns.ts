/**
 * CoreDNS with a rendered Corefile, unchanged, in a namespace that holds every address the file names: the bridge, the
 * resolvers of Google and of the customer, guests, and a stranger.
 */
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { tool } from "../../support/servers.ts";
import type { Ask, COMMANDS, Flood, Flooded, Resolver, Told } from "./dnsPeer.ts";
import { Hosts, must, type Host } from "./hosts.ts";

export const GOOGLE = "169.254.169.254";
export const CUSTOMER = "198.51.100.53";
export const OTHER_CUSTOMER = "198.51.100.54";
export const STRANGER = "203.0.113.9";
const ADDRESSES = [
  "10.61.0.1/16",
  "10.61.0.7/32",
  `${GOOGLE}/32`,
  `${CUSTOMER}/32`,
  `${OTHER_CUSTOMER}/32`,
  `${STRANGER}/32`,
];

const COREFILE = "/var/lib/causeway/current/corefile";

/** The machine; close it in `afterAll`. */
export class ProxyMachine {
  readonly host: Host;
  readonly #hosts = new Hosts();
  readonly #peer: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #program: ChildProcess | undefined;
  #said = "";
  #sent = 0;

  constructor() {
    this.host = this.#hosts.add("proxy");
    for (const address of ADDRESSES) must("ip", ["-n", this.host.namespace, "addr", "add", address, "dev", "lo"]);
    this.#peer = this.host.spawn([process.execPath, join(import.meta.dirname, "dnsPeer.ts")]);
    this.#peer.stderr!.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
    createInterface({ input: this.#peer.stdout! }).on("line", (line) => {
      const { id, result, error } = JSON.parse(line) as { id: number; result: never; error?: string };
      const { resolve, reject } = this.#waiting.get(id)!;
      this.#waiting.delete(id);
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    });
  }

  /** Starts dns-proxy and waits until it is ready. @throws with what it said when it ends first */
  async start(corefile: string): Promise<void> {
    this.write(corefile);
    await this.launch();
    for (let waited = 0; waited < 15_000; waited += 20) {
      if (this.#program!.exitCode !== null) break;
      if ((await this.http("8181/ready")) === "OK") return;
      await pause(20);
    }
    throw new Error(`dns-proxy did not get ready: ${this.#said}`);
  }

  /** Starts dns-proxy and waits for nothing. */
  launch(): Promise<void> {
    this.#said = "";
    this.#program = this.host.spawn([tool("coredns"), "-conf", COREFILE]);
    for (const stream of [this.#program.stdout!, this.#program.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
    }
    return Promise.resolve();
  }

  write(corefile: string): void {
    this.host.write(COREFILE, corefile);
  }

  /** What dns-proxy wrote since it was started. */
  get said(): string {
    return this.#said;
  }

  get pid(): number {
    return this.#program!.pid!;
  }

  /** Processor time it has taken, in hundredths of a second. Source: `proc_pid_stat(5)`, utime and stime. */
  async ticks(): Promise<number> {
    const fields = (await this.host.must(["cat", `/proc/${this.pid}/stat`])).split(") ").at(-1)!.split(" ");
    return Number(fields[11]) + Number(fields[12]);
  }

  /** Exit code, or undefined while it runs. */
  get ended(): number | undefined {
    return this.#program?.exitCode ?? undefined;
  }

  /** As the unit does it. @returns once dns-proxy has said what became of it */
  async reload(): Promise<void> {
    const before = this.#said.length;
    this.#program!.kill("SIGUSR1");
    const told = /Reloading complete|Error during reload|failed|SIGUSR1: .*error/i;
    for (let waited = 0; waited < 15_000; waited += 10) {
      if (told.test(this.#said.slice(before))) return;
      await pause(10);
    }
    throw new Error(`dns-proxy said nothing of a reload: ${this.#said.slice(before)}`);
  }

  async stop(): Promise<void> {
    const program = this.#program;
    if (program === undefined || program.exitCode !== null || program.signalCode !== null) return;
    const ended = new Promise((resolve) => program.once("exit", resolve));
    program.kill("SIGTERM");
    await ended;
  }

  /** A page of one of its servers, e.g. `8181/ready`; empty where nothing answers. */
  async http(page: string): Promise<string> {
    return (await this.host.exec(["curl", "--silent", "--max-time", "2", `http://127.0.0.1:${page}`])).stdout;
  }

  ask = (wanted: Ask): Promise<Told | undefined> => this.#tell("ask", wanted);
  flood = (wanted: Flood): Promise<Flooded> => this.#tell("flood", wanted);
  resolve = (resolver: Resolver): Promise<void> => this.#tell("resolve", resolver);
  /** Ends a resolver: what is sent to its port is refused. */
  down = (address: string): Promise<void> => this.#tell("stop", address);
  send = (wanted: Omit<Ask, "name"> & { readonly hex: string }): Promise<string | undefined> =>
    this.#tell("send", wanted);
  questions = (): ReturnType<(typeof COMMANDS)["questions"]> => this.#tell("questions", undefined);

  /** Answers of a name's A record: code and addresses. */
  async addresses(name: string): Promise<string> {
    const told = await this.ask({ name });
    if (told === undefined) return "no answer";
    return told.rcode === "NOERROR" ? told.answers.map(({ data }) => data).join(" ") : told.rcode;
  }

  close(): void {
    this.#hosts.close();
  }

  #tell<T>(command: keyof typeof COMMANDS, argument: unknown): Promise<T> {
    const id = ++this.#sent;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#peer.stdin!.write(`${JSON.stringify({ id, command, argument })}\n`);
    });
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
