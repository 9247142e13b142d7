import { loadCustomer } from "../../stacks/load.ts";
import { networkStatus, tunnelName, type NetworkStatus, type TunnelStatus } from "../../sandbox/index.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { withWorld } from "../sandbox.ts";
import type { Selected } from "../selection.ts";
import type { Terminal } from "../terminal.ts";

/** Shows what is connected in the simulated clouds; all of it unless customers are named. */
export async function status(
  terminal: Terminal,
  root: string,
  selected: readonly Selected[] | undefined,
): Promise<ExitCode> {
  const customers = selected?.map(({ file }) => loadCustomer(file, { lenient: true }).customer);
  const accounts = customers?.flatMap(({ gcp, aws }) => [gcp.projectID, ...aws.map(({ accountID }) => accountID)]);
  const found = await withWorld(root, async (world) => networkStatus(world, accounts));
  terminal.data(found);
  terminal.result(describeStatus(found));
  return EXIT.done;
}

/** One block a kind of thing, one line a thing, and a line below it with what is wrong. */
function describeStatus({ tunnels, redundancy, routes, endpoints, nats }: NetworkStatus): string {
  const block = (title: string, rows: readonly (readonly string[])[]): string[] =>
    rows.length === 0 ? [] : [title, ...table(rows)];
  const lines = [
    ...block("tunnels", tunnels.map(tunnelRow)),
    ...block(
      "high availability",
      redundancy.map(({ gateway, peer, met, reason }) => [`${gateway} to ${peer}`, met ? "met" : `not met: ${reason}`]),
    ),
    ...block("routes", [
      ...routes.google.map(({ network, destination, tunnels: via, hiddenBy }) => [
        `google ${network}`,
        destination,
        hiddenBy === undefined ? `over ${via.map(short).join(", ")}` : `not used: subnet ${hiddenBy} is preferred`,
      ]),
      ...routes.aws.map(({ table: name, destination, gateway }) => [`aws ${name}`, destination, `to ${gateway}`]),
    ]),
    ...block(
      "endpoints",
      endpoints.map(({ name, state, addresses, service }) => [name, state, addresses.join(", "), service]),
    ),
    ...block(
      "nat",
      nats.map(({ name, active, draining }) => [
        name,
        active.join(", "),
        draining.map((one) => `${one} draining`).join(),
      ]),
    ),
  ];
  return lines.length === 0 ? "nothing is connected" : lines.join("\n");
}

function tunnelRow(tunnel: TunnelStatus): string[] {
  const { google, aws, up, reason, session, warning } = tunnel;
  const ends = `${google?.address ?? "?"} to ${aws?.address ?? "?"}`;
  const why = up ? session.reason : reason;
  const note = [why, warning].filter((one) => one !== undefined).join("; ");
  return [tunnelName(tunnel), google?.state ?? "DOWN", `bgp ${session.up ? "up" : "down"}`, ends, note];
}

/** The last part of a tunnel's name tells it from its siblings. */
const short = (name: string): string => name.split("-").at(-1) ?? name;

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}
