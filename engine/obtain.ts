import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "./subprocess.ts";

/** One way to make an engine binary in `directory`, which is the caller's to remove. */
export type Obtain = (
  directory: string,
  version: string,
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly signal?: AbortSignal | undefined;
    /** Called often with what is going on. */
    readonly tell: (message: string) => void;
  },
) => Promise<{ readonly binary: string } | { readonly reason: string }>;

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** Seconds to wait for the first answer of the download site: a network that cannot reach it must not cost minutes. */
const REACH_SECONDS = 8;
/** Seconds the whole download may take (about 100 MB). */
const DOWNLOAD_SECONDS = 600;

/**
 * Pulumi's own installer, through the Automation API. It runs in a process of its own because it cannot be cancelled;
 * bare imports of evaluated code resolve from its working directory.
 */
const INSTALLER = `
  import { createRequire } from "node:module";
  import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
  const sdk = createRequire(createRequire(process.cwd() + "/").resolve("@pulumi/pulumi/package.json"));
  const { SemVer } = sdk("semver");
  const { ROOT, VERSION, REACH_SECONDS } = process.env;
  try {
    const signal = AbortSignal.timeout(REACH_SECONDS * 1000);
    const answer = await fetch("https://get.pulumi.com/install.sh", { method: "HEAD", signal });
    if (!answer.ok) throw new Error("it answered " + answer.status);
    await PulumiCommand.install({ root: ROOT, version: new SemVer(VERSION) });
  } catch (error) {
    const cause = error.name === "TimeoutError" ? "no answer within " + REACH_SECONDS + " s" : error.cause?.message;
    console.log("get.pulumi.com: " + (cause ?? error.message).split("\\n")[0]);
    process.exit(1);
  }
`;

/** Downloads the official distribution, language hosts included. */
export const downloadEngine: Obtain = async (directory, version, { env, signal, tell }) => {
  const working = setInterval(() => tell(`downloading Pulumi ${version} from get.pulumi.com`), 1000);
  tell(`downloading Pulumi ${version} from get.pulumi.com`);
  try {
    const { code, lines, problem } = await runCommand(process.execPath, ["--input-type=module", "--eval", INSTALLER], {
      cwd: HERE,
      env: {
        ...env,
        ROOT: directory,
        VERSION: version,
        REACH_SECONDS: String(REACH_SECONDS),
        NODE_USE_ENV_PROXY: "1",
      },
      signal,
      timeoutSeconds: DOWNLOAD_SECONDS,
    });
    if (code === 0) return { binary: join(directory, "bin", process.platform === "win32" ? "pulumi.exe" : "pulumi") };
    return { reason: problem === undefined ? (lines.at(-1) ?? `exit code ${code}`) : `the download ${problem}` };
  } finally {
    clearInterval(working);
  }
};

/** Lines of the build's output that go into the reason of a failure. */
const TAIL_LINES = 12;

/**
 * Builds the CLI from the Go modules pinned in `pulumi-cli/`.
 * Flags: Pulumi's own release configuration, `.goreleaser.yml`; without the version flag the Automation API refuses the
 * binary.
 */
export const buildEngine: Obtain = async (directory, version, { env, signal, tell }) => {
  const binary = join(directory, "bin", process.platform === "win32" ? "pulumi.exe" : "pulumi");
  let compiled = 0;
  let last = "starting";
  const message = (): string => `building Pulumi ${version} from Go modules, ${compiled} packages compiled: ${last}`;
  const working = setInterval(() => tell(message()), 1000);
  tell(`building Pulumi ${version} from Go modules: four to eight minutes, once`);
  const onLine = (line: string): void => {
    if (isPackage(line)) compiled++;
    last = line;
  };
  try {
    const { code, lines, problem } = await runCommand("go", buildArguments(binary, version), {
      env: buildEnvironment(env),
      signal,
      onLine,
    });
    if (code === 0) return { binary };
    if (problem === "not found") return { reason: "no go on PATH" };
    const tail = lines.filter((line) => !isPackage(line)).slice(-TAIL_LINES);
    return { reason: [`go build ${problem ?? `ended with exit code ${code}`}`, ...tail].join("\n    ") };
  } finally {
    clearInterval(working);
  }
};

function buildArguments(binary: string, version: string): string[] {
  const variable = `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
  return [
    ...["build", "-C", join(HERE, "pulumi-cli"), "-v", "-trimpath", "-tags", "osusergo,grpcnotrace"],
    ...["-ldflags", `-s -w -X ${variable}`, "-o", binary, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
  ];
}

/**
 * GOFLAGS and a workspace of the person's own must not change what is built. GOTOOLCHAIN stays theirs: with an older Go
 * its default fetches the one `go.mod` names.
 */
function buildEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" };
}

/** With `-v`, go names each package it compiles on a line of its own. */
function isPackage(line: string): boolean {
  return /^[\w.~/-]+$/.test(line);
}
