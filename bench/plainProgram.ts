/**
 * The same resources as a customer's, written the way Pulumi's templates start: one CommonJS TypeScript file, whole
 * provider packages imported, no components, compiled by the ts-node that Pulumi brings. What the clouds give is taken
 * from the resource that has it; every other value is a literal.
 */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { GraphNode } from "../engine/graph.ts";
import type { Customer } from "../plan/customer.ts";
import { customerGraph } from "../stacks/graph.ts";

/** What the clouds would answer, as text that says which resource's output it is. */
const marks = {
  id: (name: string) => `${name}-id`,
  regionalName: (service: string) => `vpce-0a-k3.${service}.us-east-1.vpce.amazonaws.com`,
};

function answers(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  if (type.endsWith(":HaVpnGateway")) {
    return { vpnInterfaces: [0, 1].map((id) => ({ id, ipAddress: `${name}.vpnInterfaces[${id}].ipAddress` })) };
  }
  if (type.endsWith(":VpcEndpoint")) {
    const service = String(inputs["serviceName"]).split(".").at(-1) ?? "";
    return { state: "available", dnsEntries: [{ dnsName: marks.regionalName(service) }] };
  }
  if (type.endsWith(":Address")) return { address: `${name}.address` };
  if (type.endsWith(":VpnConnection")) return Object.fromEntries([1, 2].flatMap((tunnel) => inside(tunnel, inputs)));
  return {};
}

/** Addresses inside a tunnel follow from its range: AWS has the first, we have the second. */
function inside(tunnel: number, inputs: Record<string, unknown>): [string, string][] {
  const [network = "", last = "0"] = String(inputs[`tunnel${tunnel}InsideCidr`]).split(/\.(?=\d+\/)/);
  const address = (host: number): string => `${network}.${parseInt(last, 10) + host}`;
  return [
    [`tunnel${tunnel}VgwInsideAddress`, address(1)],
    [`tunnel${tunnel}CgwInsideAddress`, address(2)],
  ];
}

/** One resource of the plain program. */
interface Declared {
  readonly node: GraphNode;
  readonly variable: string;
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** An expression for a text in which outputs of other resources may occur. */
function expression(text: string, sources: readonly Declared[]): string {
  const found: { readonly at: number; readonly length: number; readonly code: string }[] = [];
  for (const { node, variable } of sources) {
    const name = escape(node.name);
    for (const match of text.matchAll(new RegExp(`${name}(?:-id|((?:\\.[a-z]\\w*|\\[\\d\\])+))(?![\\w-])`, "g"))) {
      found.push({ at: match.index, length: match[0].length, code: `${variable}${match[1] ?? ".id"}` });
    }
    const regional = marks.regionalName(String(node.inputs["serviceName"]).split(".").at(-1) ?? "");
    const at = node.type.endsWith(":VpcEndpoint") ? text.indexOf(regional) : -1;
    if (at >= 0) found.push({ at, length: regional.length, code: `${variable}.dnsEntries[0].dnsName` });
  }
  if (found.length === 0) return JSON.stringify(text);
  // a name may begin another name: at one place the longest is meant
  found.sort((a, b) => a.at - b.at || b.length - a.length);
  const [first] = found;
  if (first !== undefined && first.length === text.length) return first.code;
  let code = "";
  let end = 0;
  for (const { at, length, code: output } of found) {
    if (at < end) continue;
    code += `${literal(text.slice(end, at))}\${${output}}`;
    end = at + length;
  }
  return `pulumi.interpolate\`${code}${literal(text.slice(end))}\``;
}

const literal = (text: string): string => text.replace(/[\\`]|\$\{/g, "\\$&").replaceAll("\n", "\\n");

function value(input: unknown, sources: readonly Declared[]): string {
  if (typeof input === "string") return expression(input, sources);
  if (Array.isArray(input)) return `[${input.map((item) => value(item, sources)).join(", ")}]`;
  if (typeof input !== "object" || input === null) return JSON.stringify(input);
  const fields = Object.entries(input).map(([key, item]) => `${JSON.stringify(key)}: ${value(item, sources)}`);
  return `{ ${fields.join(", ")} }`;
}

/** A provider's settings, which the SDK sends as JSON text. */
const settings = (inputs: GraphNode["inputs"]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(inputs)
      .filter(([key]) => key !== "version")
      .map(([key, text]) => [key, /^(\[|\{|true$|false$)/.test(String(text)) ? JSON.parse(String(text)) : text]),
  );

/** `aws:ec2/vpc:Vpc` as `aws.ec2.Vpc`, `pulumi:providers:aws` as `aws.Provider`. */
function className(type: string): string {
  const [pkg = "", path = "", name = ""] = type.split(":");
  if (pkg === "pulumi") return `${name}.Provider`;
  const module = path.split("/")[0] ?? "";
  return module === "index" ? `${pkg}.${name}` : `${pkg}.${module}.${name}`;
}

function declaration({ node, variable }: Declared, all: ReadonlyMap<string, Declared>): string {
  const provider = node.type.startsWith("pulumi:providers:");
  const entries = Object.entries(provider ? settings(node.inputs) : node.inputs).map(([key, input]) => {
    const sources = (node.propertyDependencies[key] ?? []).flatMap((urn) => all.get(urn) ?? []);
    return `  ${key}: ${value(input, sources)},\n`;
  });
  const serving = node.provider === undefined ? undefined : all.get(node.provider);
  const args = entries.join("");
  // where a value is known beforehand it is a literal here, and only the order is left to say
  const after = node.dependencies
    .flatMap((urn) => all.get(urn)?.variable ?? [])
    .filter((other) => !new RegExp(`\\b${other}\\.`).test(args));
  const dependsOn = after.length === 0 ? "" : `, dependsOn: [${after.join(", ")}]`;
  const options = serving === undefined ? "" : `, { provider: ${serving.variable}${dependsOn} }`;
  return `const ${variable} = new ${className(node.type)}(${JSON.stringify(node.name)}, {\n${args}}${options});\n`;
}

const HEADER = ["pulumi", "aws", "gcp", "random"]
  .map((name) => `import * as ${name} from "@pulumi/${name}";\n`)
  .join("");

const TSCONFIG = { strict: true, target: "es2020", module: "nodenext", moduleResolution: "nodenext", sourceMap: true };

/**
 * Writes the plain program of a customer into `folder`, with links to the repository's packages.
 * @returns how many resources it declares, providers among them
 */
export async function writePlainProgram(customer: Customer, folder: string): Promise<number> {
  const { nodes } = await customerGraph(customer, { outputs: answers });
  const resources = nodes.filter(({ custom }) => custom);
  const first = resources.filter(({ type }) => type.startsWith("pulumi:"));
  const ordered = [...first, ...resources.filter((node) => !first.includes(node))];
  const all = new Map(ordered.map((node, i) => [node.urn, { node, variable: `r${i}` }]));
  const text = `${HEADER}\n${[...all.values()].map((declared) => declaration(declared, all)).join("\n")}`;
  const root = dirname(import.meta.dirname);
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  writeFileSync(join(folder, "index.ts"), text);
  writeFileSync(join(folder, "Pulumi.yaml"), "name: plain\nruntime: nodejs\n");
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...TSCONFIG, types: ["node"], noEmit: true }, files: ["index.ts"] }),
  );
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: object };
  const wanted = Object.entries(dependencies).filter(([name]) => name.startsWith("@pulumi/"));
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "plain", main: "index.ts", dependencies: Object.fromEntries(wanted) }),
  );
  for (const name of ["@pulumi", "@types", "typescript"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  return ordered.length;
}
