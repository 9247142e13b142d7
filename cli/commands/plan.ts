import { stringify } from "yaml";
import type { Member } from "../../fleet/types.ts";
import { planCustomer } from "../../plan/plan.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

/** Shows every number and name decided for a customer, or every resource it becomes. */
export async function plan(terminal: Terminal, members: readonly Member[], resources: boolean): Promise<ExitCode> {
  const results: unknown[] = [];
  for (const { file } of members) {
    const { customer } = loadCustomer(file);
    const result = resources ? await resourceList(file) : planCustomer(customer);
    terminal.result(resources ? table(result as readonly Row[]) : stringify(result, { aliasDuplicateObjects: false }));
    results.push(resources ? { customer: customer.name, resources: result } : result);
  }
  terminal.data(results.length === 1 ? results[0] : results);
  return EXIT.done;
}

interface Row {
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  readonly protect: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Paths whose value is left out here because it is secret. */
  readonly secretInputs: readonly string[];
  /** Paths only the clouds will know. */
  readonly unknownInputs: readonly string[];
}

/** The resource graph; Pulumi is loaded only here, since nothing else in this command needs it. */
async function resourceList(file: string): Promise<readonly Row[]> {
  const { customerGraph } = await import("../../stacks/graph.ts");
  const { nodes } = await customerGraph(loadCustomer(file).customer);
  return nodes
    .map(({ type, name, parent, protect, inputs, secretInputs, unknownInputs }) => ({
      type,
      name,
      ...(parent === undefined ? {} : { parent: parent.split("::").at(-1) ?? parent }),
      protect,
      inputs: withoutPaths(inputs, [...secretInputs, ...unknownInputs]),
      secretInputs,
      unknownInputs,
    }))
    .sort((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
}

const withoutPaths = (inputs: Readonly<Record<string, unknown>>, paths: readonly string[]): Record<string, unknown> => {
  const tops = new Set(paths.map((path) => path.split(/[.[]/)[0]));
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !tops.has(key)));
};

function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ type }) => type.length));
  const lines = rows.map(
    ({ type, name, protect }) => `${type.padEnd(width)}  ${name}${protect ? "  (protected)" : ""}`,
  );
  return `${lines.join("\n")}\n${rows.length} resources\n`;
}
