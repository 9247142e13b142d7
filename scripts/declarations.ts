/** Reads one resource class of a Pulumi SDK: its arguments, outputs and secret outputs, from the published declarations. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";
import type { Argument } from "../sandbox/tables.ts";

const require = createRequire(import.meta.url);
const nestedTypes = new Map<string, Map<string, ts.InterfaceDeclaration>>();

function root(cloud: string): string {
  return dirname(require.resolve(`@pulumi/${cloud}/package.json`));
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, false);
}

/** Every interface of `types/input.d.ts` by its dotted name, e.g. `compute.RouterBgp`. */
function inputTypes(cloud: string): Map<string, ts.InterfaceDeclaration> {
  const known = nestedTypes.get(cloud);
  if (known) return known;
  const found = new Map<string, ts.InterfaceDeclaration>();
  const visit = (node: ts.Node, path: string): void => {
    if (ts.isInterfaceDeclaration(node)) found.set(`${path}${node.name.text}`, node);
    if (ts.isModuleDeclaration(node) && node.body && ts.isModuleBlock(node.body)) {
      for (const statement of node.body.statements) visit(statement, `${path}${node.name.text}.`);
    }
  };
  if (cloud !== "random") for (const node of parse(join(root(cloud), "types/input.d.ts")).statements) visit(node, "");
  nestedTypes.set(cloud, found);
  return found;
}

function dotted(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : `${dotted(name.left)}.${name.right.text}`;
}

/** The shape of one declared type; `pulumi.Input<…>` and `| undefined` are looked through. */
function shapeOf(cloud: string, type: ts.TypeNode): Argument {
  if (ts.isUnionTypeNode(type)) {
    const parts = type.types.filter((part) => part.kind !== ts.SyntaxKind.UndefinedKeyword);
    return shapeOf(cloud, parts.find((part) => part.kind === ts.SyntaxKind.StringKeyword) ?? parts[0]!);
  }
  if (ts.isArrayTypeNode(type)) return { type: "list", item: shapeOf(cloud, type.elementType) };
  if (ts.isTypeLiteralNode(type)) return { type: "map" };
  if (type.kind === ts.SyntaxKind.NumberKeyword) return { type: "number" };
  if (type.kind === ts.SyntaxKind.BooleanKeyword) return { type: "boolean" };
  if (!ts.isTypeReferenceNode(type)) return { type: "string" };
  const name = dotted(type.typeName);
  if (name === "pulumi.asset.Archive") return { type: "map" };
  if (name === "pulumi.Input") return shapeOf(cloud, type.typeArguments![0]!);
  const nested = inputTypes(cloud).get(name.replace(/^inputs\./, ""));
  return nested ? { type: "object", fields: members(cloud, nested.members) } : { type: "string" };
}

function members(cloud: string, nodes: ts.NodeArray<ts.TypeElement>): Record<string, Argument> {
  const found: Record<string, Argument> = {};
  for (const node of nodes) {
    if (!ts.isPropertySignature(node) || !node.type) continue;
    const shape = shapeOf(cloud, node.type);
    if (!node.questionToken) shape.required = true;
    found[(node.name as ts.Identifier).text] = shape;
  }
  return found;
}

export class Declarations {
  readonly inputs: Record<string, Argument>;
  /** Every property of the resource's state that is not one of its arguments. */
  readonly outputs: string[];
  readonly secretOutputs: string[];

  /** @param token a type token such as `aws:ec2/vpc:Vpc` */
  constructor(cloud: string, token: string) {
    const [, path, className] = token.split(":") as [string, string, string];
    const [moduleName, leaf] = path.split("/") as [string, string];
    const file = /^(vPN|iAM)/.test(leaf) ? leaf.toLowerCase() : leaf;
    const stem = join(root(cloud), moduleName === "index" ? "" : moduleName, file);
    const declared = parse(`${stem}.d.ts`).statements.find(
      (node): node is ts.InterfaceDeclaration =>
        ts.isInterfaceDeclaration(node) && node.name.text === `${className}Args`,
    );
    this.inputs = members(cloud, declared!.members);
    const code = readFileSync(`${stem}.js`, "utf8");
    this.outputs = [...code.matchAll(/resourceInputs\["(\w+)"\] = undefined \/\*out\*\//g)].map((match) => match[1]!);
    const secrets = /additionalSecretOutputs: (\[.*?\])/.exec(code);
    this.secretOutputs = secrets ? (JSON.parse(secrets[1]!) as string[]) : [];
  }

  /** The configuration keys of a provider; the value is true when the SDK sends it as JSON text. */
  static configuration(cloud: string): Record<string, boolean> {
    const code = readFileSync(join(root(cloud), "provider.js"), "utf8");
    const keys = [...code.matchAll(/resourceInputs\["(\w+)"\] = (.*);/g)];
    return Object.fromEntries(
      keys
        .filter(([, key]) => !/CustomEndpoint$/.test(key!))
        .map(([, key, value]) => [key!, value!.includes("JSON.stringify")]),
    );
  }
}
