import { spawnSync, type SpawnSyncOptions } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, ServerProcess, tool } from "./servers.ts";

/** Source: Debian Policy, 9.2.2: user and group of nobody. PostgreSQL refuses to run as root. */
const NOBODY = 65_534;

/**
 * A PostgreSQL server of Debian's on loopback, in a temporary directory, with TLS off and passwords checked
 * (SCRAM-SHA-256); as root it runs as nobody.
 */
export class Postgres {
  /** Of the superuser `owner`. */
  readonly password: string;
  readonly port: number;
  readonly #server: ServerProcess;
  readonly #folder: string;
  readonly #programs: string;

  private constructor(
    server: ServerProcess,
    { password, port, folder, programs }: { password: string; port: number; folder: string; programs: string },
  ) {
    this.password = password;
    this.port = port;
    this.#server = server;
    this.#folder = folder;
    this.#programs = programs;
  }

  static async start(password: string): Promise<Postgres> {
    const programs = tool("postgresql");
    const folder = mkdtempSync(join(tmpdir(), "causeway-postgres-"));
    const data = join(folder, "data");
    const as = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    if ("uid" in as) chownSync(folder, NOBODY, NOBODY);
    writeFileSync(join(folder, "password"), password, { mode: 0o644 });
    const init = ["-D", data, "-U", "owner", "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync"];
    run(join(programs, "initdb"), [...init, `--pwfile=${join(folder, "password")}`], { ...as, cwd: folder });
    const port = await freePort();
    const options = ["-h", "127.0.0.1", "-p", String(port), "-k", "", "-F", "-c", "log_statement=none"];
    const server = new ServerProcess(join(programs, "postgres"), ["-D", data, ...options], { ...as, cwd: folder });
    await server.told(/ready to accept connections/);
    return new Postgres(server, { password, port, folder, programs });
  }

  async stop(): Promise<void> {
    await this.#server.stop("SIGINT");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Address of a state back end in a database, without a password. */
  backEnd(database: string, user = "owner"): string {
    return `postgres://${user}@127.0.0.1:${this.port}/${database}?sslmode=disable`;
  }

  /** Runs statements as the superuser, and returns the rows: columns parted by |, one a line. */
  sql(database: string, statements: string): string {
    const args = ["-h", "127.0.0.1", "-p", String(this.port), "-U", "owner", "-d", database, "-X", "-q", "-A", "-t"];
    const env = { ...process.env, PGPASSWORD: this.password };
    return run(join(this.#programs, "psql"), [...args, "-v", "ON_ERROR_STOP=1"], { env, input: statements });
  }

  /**
   * Everything the back end's table holds, by key. The engine stores a file as JSON with its bytes in base 64, and puts
   * the database's name before its key; what no longer has that shape is refused, since a search in it would find nothing.
   */
  objects(database: string): ReadonlyMap<string, string> {
    const rows = this.sql(database, "select json_build_array(key, data) from pulumi_state;").trim().split("\n");
    return new Map(
      rows.map((row) => {
        const [key, { data }] = JSON.parse(row) as [string, { data: string }];
        if (!key.startsWith(`${database}/`)) throw new Error(`unknown shape of key: ${key}`);
        return [key.slice(database.length + 1), Buffer.from(data, "base64").toString("utf8")];
      }),
    );
  }
}

function run(command: string, args: readonly string[], options: SpawnSyncOptions): string {
  const done = spawnSync(command, args, { maxBuffer: 2 ** 28, ...options, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${command} failed: ${done.error?.message ?? done.stderr}`);
  return done.stdout;
}
