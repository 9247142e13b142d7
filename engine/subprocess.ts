import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How to run a command. */
export interface CommandOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Ends the command and its children, and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Seconds after which it is ended. @default no limit */
  readonly timeoutSeconds?: number;
  /** Called with each line of either output as it comes. */
  readonly onLine?: (line: string) => void;
}

/** What a command did. */
export interface CommandResult {
  /** Exit code; `undefined` when it could not be started, ran out of time or was ended by a signal. */
  readonly code: number | undefined;
  readonly stdout: string;
  /** Lines of both outputs in the order they came. */
  readonly lines: readonly string[];
  /** Why there is no exit code, such as `not found` or `gave no answer within 20 s`. */
  readonly problem?: string;
}

/**
 * Runs a command to its end. It runs in a process group of its own, so that ending it ends its children too.
 * Never throws for what the command does; rejects only with the reason of `signal`.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32",
  });
  const stdout: string[] = [];
  const lines: string[] = [];
  const read = async (stream: NodeJS.ReadableStream, kept: string[] | undefined): Promise<void> => {
    for await (const line of createInterface({ input: stream })) {
      kept?.push(line);
      lines.push(line);
      options.onLine?.(line);
    }
  };
  let problem: string | undefined;
  const kill = (): void => endGroup(child.pid);
  options.signal?.addEventListener("abort", kill);
  const timer = setTimeout(
    () => {
      problem = `gave no answer within ${options.timeoutSeconds} s`;
      kill();
    },
    (options.timeoutSeconds ?? 0) * 1000 || 2 ** 31 - 1,
  );
  const ended = new Promise<number | undefined>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      problem = error.code === "ENOENT" ? "not found" : error.message;
      resolve(undefined);
    });
    child.once("exit", (code, signal) => {
      problem ??= signal === null ? undefined : `was ended by ${signal}`;
      resolve(code ?? undefined);
    });
  });
  const drained = Promise.all([read(child.stdout, stdout), read(child.stderr, undefined)]);
  const code = await ended;
  if (child.pid !== undefined) await drained;
  clearTimeout(timer);
  options.signal?.removeEventListener("abort", kill);
  options.signal?.throwIfAborted();
  return { code, stdout: stdout.join("\n"), lines, ...(problem === undefined ? {} : { problem }) };
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGTERM");
  } catch {
    // already gone
  }
}
