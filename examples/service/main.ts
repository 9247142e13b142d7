import { openFleet, type Clouds } from "../../fleet/index.ts";
import { buildService } from "./app.ts";

/** What the environment says. */
interface Settings {
  readonly root: string;
  readonly clouds: Clouds;
  readonly tokens: readonly string[];
  readonly port: number;
}

/** Reads the settings. @throws TypeError that names the variable */
export function settingsFrom(env: NodeJS.ProcessEnv): Settings {
  const { CAUSEWAY_ROOT = process.cwd(), CAUSEWAY_CLOUDS = "sandbox", CAUSEWAY_TOKENS = "", PORT = "8080" } = env;
  if (CAUSEWAY_CLOUDS !== "sandbox" && CAUSEWAY_CLOUDS !== "real") {
    throw new TypeError(`CAUSEWAY_CLOUDS: expected sandbox or real, got ${CAUSEWAY_CLOUDS}`);
  }
  if (!/^\d{1,5}$/.test(PORT)) throw new TypeError(`PORT: expected a port, got ${PORT}`);
  const tokens = CAUSEWAY_TOKENS.split(",").filter((token) => token !== "");
  return { root: CAUSEWAY_ROOT, clouds: CAUSEWAY_CLOUDS, tokens, port: Number(PORT) };
}

/** Serves until a signal: then nothing new is begun, what is in flight ends, and the process with it. */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  const { root, clouds, tokens, port } = settingsFrom(env);
  const fleet = await openFleet({ root, clouds });
  const app = await buildService({ fleet, root, tokens, logger: true });
  let closing: Promise<unknown> | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      app.log.info(`${signal}: finishing what is in flight`);
      closing ??= app.close();
    });
  }
  await app.listen({ port, host: "127.0.0.1" });
}

if (import.meta.main) await serve(process.env);
