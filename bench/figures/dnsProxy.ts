import type { Context, Figure } from "../figure.ts";
import { inTurn, runNode, type Run } from "../measure.ts";

const of =
  ({ root }: Context, kind: "rendered" | "plain" | "cached", routes: number) =>
  async (): Promise<Run> =>
    JSON.parse((await runNode({ args: ["bench/tasks/dnsQueries.ts", kind, String(routes)], cwd: root })).stdout) as Run;

const queries = (routes: number, plain: "plain" | "cached", beside: string): Figure => ({
  name: `60,000 DNS queries with ${routes.toLocaleString("en")} ${routes === 1 ? "route" : "routes"}, beside CoreDNS with ${beside}`,
  async measure(context) {
    if (process.platform !== "linux") return { skipped: "needs addresses of loopback that Linux alone has" };
    return inTurn(3, of(context, "rendered", routes), of(context, plain, routes));
  },
});

/**
 * What the rendered file costs beside a CoreDNS that only forwards: the last column but two is to be 0.9 or more at 10
 * routes, and the curve is to stay flat. The last figure is beside one that keeps answers as ours does, so that it shows
 * what rewriting, the list of sources and the rest cost by themselves.
 */
export const dnsQueries: readonly Figure[] = [
  ...[1, 10, 100, 10_000].map((routes) => queries(routes, "plain", "forward")),
  queries(10, "cached", "forward and cache"),
];
