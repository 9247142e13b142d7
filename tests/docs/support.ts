import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { planCustomer } from "../../plan/plan.ts";
import { parseCustomer, type Loaded } from "../../stacks/load.ts";
import type { Deployed } from "../../plan/deployed.ts";
import { ROOT } from "../support/project.ts";

/** One fenced block of a document. */
export interface Block {
  readonly document: string;
  /** Line of the fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** What the comment right above the fence says runs it, e.g. `tests/engine/lifecycle.test.ts`. */
  readonly runsIn?: string;
}

/** Every document of the repository, relative to its root: the README and what is below docs/. */
export function documents(): readonly string[] {
  const below = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" });
  const pages = below.filter((path) => path.endsWith(".md")).map((path) => join("docs", path));
  return ["README.md", ...pages.sort()];
}

export const read = (document: string): string => readFileSync(join(ROOT, document), "utf8");

const FENCE = /(?:<!-- runs in (\S+) -->\n\n?)?^```(\w*)\n([\s\S]*?)^```$/gm;

/** The fenced blocks of a document, in order. */
export function blocksOf(document: string): readonly Block[] {
  const text = read(document);
  return [...text.matchAll(FENCE)].map((match) => {
    const [whole, runsIn, language = "", content = ""] = match;
    const line = text.slice(0, match.index + whole.indexOf("```")).split("\n").length;
    return { document, line, language, text: content, ...(runsIn === undefined ? {} : { runsIn }) };
  });
}

export const placeOf = ({ document, line }: Block): string => `${document}:${line}`;

/** What a fragment is put into where no whole file stands above it. */
const MINIMAL = {
  name: "acme",
  spec: {
    infrastructure: {
      gcp: { projectID: "acme-prod-4f2a", region: "us-central1", network: { existing: "acme" } },
      executors: { subnets: { executors: { ipCidrRange: "10.10.0.0/24" } } },
    },
  },
};

interface FileShape {
  readonly name?: string;
  readonly spec: { readonly infrastructure: Readonly<Record<string, unknown>> };
}

/**
 * The customer files a document walks through. A block with `name` is a whole file; one that begins with `spec` is a
 * fragment, whose blocks below `spec.infrastructure` replace those of the file before it.
 */
export function customerFiles(document: string): readonly { readonly block: Block; readonly text: string }[] {
  let current: FileShape = MINIMAL;
  return blocksOf(document)
    .filter(({ language }) => language === "yaml")
    .map((block) => {
      const shape = parse(block.text) as FileShape;
      if (shape.name !== undefined) {
        current = shape;
        return { block, text: block.text };
      }
      const infrastructure = { ...current.spec.infrastructure, ...shape.spec.infrastructure };
      current = { ...current, spec: { infrastructure } };
      return { block, text: stringify(current, { aliasDuplicateObjects: false }) };
    });
}

/** Day the documents are read on: permits and certificates in them are in date. */
export const TODAY = "2026-11-20";

/** Loads and plans a customer file, as the update after `deployed` where that is given. */
export function loadAndPlan(text: string, file: string, deployed?: Deployed | null): Loaded & { next: Deployed } {
  const loaded = parseCustomer(text, file, { today: TODAY, ...(deployed === undefined ? {} : { deployed }) });
  const { guardedValues, awsConnections } = planCustomer(loaded.customer);
  const links = awsConnections.flatMap(({ endpoints }) => endpoints.map(({ key }) => [key, "available"]));
  const endpointStates = Object.fromEntries(links) as Record<string, string>;
  return { ...loaded, next: { version: 1, values: guardedValues, endpointStates } };
}

/** A command of a console block, and the lines the document shows below it. */
export interface Command {
  readonly line: string;
  readonly shown: string;
}

/** The commands of a console block: what follows `$ `, then what it prints. */
export function commandsOf({ text }: Block): readonly Command[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [line = "", ...shown] = part.split("\n");
      return { line, shown: shown.join("\n").trim() };
    });
}

/** Lines of changed resources in the order of their text: the engine works on many at once. */
const inOrder = (text: string): string =>
  text.replace(/(?:^[+~±-] [a-z]+:.*\n)+/gm, (lines) => lines.trimEnd().split("\n").sort().join("\n") + "\n");

/** Whether a text is what a document shows; `…` stands for any text, on a line of its own for any lines. */
export function matchesShown(text: string, shown: string): boolean {
  const escaped = inOrder(shown).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = escaped.replace(/^…$\n?/gm, "[\\s\\S]*?").replaceAll("…", "[^\\n]*");
  return new RegExp(`^${pattern}\\s*$`).test(inOrder(text));
}
