import { withWorld } from "../../fleet/sandbox.ts";
import { NoExecutorsError, reachRegistry, type Hop, type Reach } from "../../sandbox/index.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

/**
 * Follows a connection in the simulated clouds and shows each hop up to the first that fails. From a CodeArtifact host it
 * goes on to the bucket that clients are sent to, and both ways are shown.
 */
export async function reach(
  terminal: Terminal,
  root: string,
  executor: string,
  name: string,
  port: string,
): Promise<ExitCode> {
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65535) {
    throw new Exit(EXIT.usage, `port: expected 1 to 65535, got ${port}`);
  }
  const guest = executor.endsWith("/guest");
  const source = { executor: guest ? executor.slice(0, -"/guest".length) : executor, guest };
  const found = await withWorld(root, async (world) => {
    try {
      return reachRegistry(world, source, name, { port: number });
    } catch (error) {
      if (error instanceof NoExecutorsError) throw new Exit(EXIT.usage, error.message, { cause: error });
      throw error;
    }
  });
  const { metadata, blobs, reachable } = found;
  terminal.data(blobs ? found : metadata);
  const ways = blobs
    ? ["metadata:", describeReach(metadata), "", "blobs:", describeReach(blobs)]
    : [describeReach(metadata)];
  terminal.result(ways.join("\n"));
  return reachable ? EXIT.done : EXIT.failed;
}

function describeReach({ executor, guest, name, port, hops, broken }: Reach): string {
  const width = Math.max(...hops.map(({ kind }) => kind.length));
  const line = ({ kind, ok, what }: Hop): string => `${ok ? "ok    " : "BROKEN"}  ${kind.padEnd(width)}  ${what}`;
  const who = guest ? `a guest on ${executor}` : executor;
  const end =
    broken === undefined
      ? `${who} reaches ${name}:${port}`
      : `${who} does not reach ${name}:${port}: ${broken.kind}, ${broken.side === "ours" ? "ours to put right" : "for the customer to put right"}`;
  return [...hops.map(line), end].join("\n");
}
