// The documents' files, commands and links, as a reader would try them. Commands that need accounts are run on the
// simulated clouds by procedures.test.ts, or only known by name here.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ConfigError } from "../../plan/errors.ts";
import { ROOT, run, ScratchProject } from "../support/project.ts";
import { blocksOf, commandsOf, customerFiles, documents, loadAndPlan, matchesShown, placeOf, read } from "./support.ts";
import type { Deployed } from "../../plan/deployed.ts";
import type { Block } from "./support.ts";

const ALL = documents();

/** Commands that read customer files and nothing else: run here, and compared with what the document shows. */
const OFFLINE = /^npx causeway (check|plan|policy|schema|publish)\b|^npx causeway handoff\b.* --offline$/;
/** Commands on real accounts; in docs/procedures/ procedures.test.ts runs them on the simulated clouds. */
const ACCOUNTS = /^npx causeway (preview|up|refresh|destroy|outputs|handoff|drift|recover)\b|^(pulumi|aws|gcloud) /;
/** What only a fresh checkout or a whole test run can show. */
const SETUP = /^npm ci && npm test$/;
const ENGINE =
  /^npm ci && npm start$|^npm start\b|^npx causeway sandbox (preview|up|refresh|destroy|outputs|handoff|reach|status)\b/;
/** In the procedures, procedures.test.ts runs these beside the commands on accounts. */
const SIMULATED = /^npx causeway sandbox (status|reach|customer list)\b/;

const consoles = (document: string): readonly Block[] =>
  blocksOf(document).filter(({ language }) => language === "console");

describe.each(ALL)("%s", (document) => {
  test("has blocks of known languages only", () => {
    const known = ["yaml", "console", "text"];
    const unknown = blocksOf(document).filter(({ language }) => !known.includes(language));
    expect(unknown.map((block) => `${placeOf(block)} ${block.language}`)).toEqual([]);
  });

  test("links to files and headings that are there", () => {
    const links = [...read(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    const local = links.filter((target) => !/^https?:/.test(target));
    const broken = local.filter((target) => {
      const [path = "", heading] = target.split("#");
      const file = path === "" ? join(ROOT, document) : join(ROOT, dirname(document), path);
      if (!existsSync(file)) return true;
      return heading !== undefined && !headings(readFileSync(file, "utf8")).includes(heading);
    });
    expect(broken).toEqual([]);
  });

  test("names only files of the repository that are there", () => {
    const named = [...read(document).matchAll(/`((?:stacks|plan|tests|docs|components)\/[\w./-]*)`/g)].map(
      ([, path = ""]) => path,
    );
    const walked = customerFiles(document).map(({ text }) => `stacks/customers/${nameOf(text)}.yaml`);
    expect(named.filter((path) => !existsSync(join(ROOT, path)) && !walked.includes(path))).toEqual([]);
  });

  test("has no command that nothing vouches for", () => {
    const loose = consoles(document).flatMap((block) =>
      commandsOf(block)
        .filter(({ line }) => ![OFFLINE, ACCOUNTS, SETUP].some((kind) => kind.test(line)))
        .filter(({ line }) => !(block.runsIn !== undefined && ENGINE.test(line)))
        .filter(({ line }) => !(document.startsWith("docs/procedures/") && SIMULATED.test(line)))
        .map(({ line }) => `${placeOf(block)} ${line}`),
    );
    expect(loose).toEqual([]);
  });

  test("says truly which test runs its commands on the engine", () => {
    const untrue = consoles(document).flatMap((block) => {
      const { runsIn } = block;
      if (runsIn === undefined) return [];
      const source = existsSync(join(ROOT, runsIn)) ? readFileSync(join(ROOT, runsIn), "utf8") : "";
      // procedures.test.ts takes its commands from the documents.
      if (/runsIn === SELF/.test(source)) return [];
      const verbs = commandsOf(block).map(({ line }) => /sandbox (\w+)/.exec(line)?.[1] ?? "start");
      return verbs.filter((verb) => !source.includes(`"${verb}"`)).map((verb) => `${runsIn} runs no ${verb}`);
    });
    expect(untrue).toEqual([]);
  });
});

/** Anchors of a document's headings, as GitHub makes them. */
const headings = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replace(/\s/g, "-"),
  );

const nameOf = (text: string): string => (parse(text) as { name: string }).name;

const withFiles = ALL.filter((document) => customerFiles(document).length > 0);

describe.each(withFiles)("customer files in %s", (document) => {
  const files = customerFiles(document).map(({ block, text }) => ({ place: placeOf(block), text }));

  test.each(files)("$place is read and planned", ({ place, text }) => {
    expect(() => loadAndPlan(text, place)).not.toThrow();
  });
});

describe.each(withFiles.filter((document) => document.startsWith("docs/procedures/")))(
  "the steps of %s",
  (document) => {
    test("may follow each other on a live stack", () => {
      const deployed = new Map<string, Deployed>();
      for (const { block, text } of customerFiles(document)) {
        const name = nameOf(text);
        const { next } = loadAndPlan(text, placeOf(block), deployed.get(name) ?? null);
        deployed.set(name, next);
      }
      expect(deployed.size).toBeGreaterThan(0);
    });
  },
);

describe("offline commands", () => {
  const project = new ScratchProject();
  afterAll(() => project.remove());

  const steps = ALL.flatMap((document) => {
    const files = customerFiles(document);
    return blocksOf(document).flatMap((block) => {
      if (block.language !== "console") return [];
      const before = files.filter((file) => file.block.line < block.line).map(({ text }) => text);
      const offline = commandsOf(block).filter(({ line }) => OFFLINE.test(line));
      return offline.map((command) => ({ place: placeOf(block), before, ...command }));
    });
  });

  test("are found in the documents", () => {
    expect(steps.length).toBeGreaterThan(5);
  });

  test.each(steps)("$place $line does what it shows", async ({ line, shown, before }) => {
    for (const text of before) writeFileSync(project.customerFile(nameOf(text)), text);
    const args = line.split(" ").slice(2);
    const { code, stdout, stderr } = await run(
      process.execPath,
      [join(ROOT, "bin/causeway.js"), ...args],
      project.root,
    );
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    if (shown !== "") expect(matchesShown(stdout, shown), stdout).toBe(true);
  });
});

describe("the refused edit in README.md", () => {
  const block = consoles("README.md").find(({ text }) => text.includes("the customer file is refused"));
  const file = "stacks/customers/dev.yaml";
  const deployed = loadAndPlan(read(file), file).next;
  const REGION = "        region: us-east-1\n";

  test("is answered with what it shows", () => {
    const edited = read(file).replace(REGION, `${REGION}        highAvailable: false\n`);
    const lines = block?.text.trimEnd().split("\n") ?? [];
    expect(messageOf(() => loadAndPlan(edited, file, deployed))).toBe(lines.at(-1)?.trim());
  });

  test("goes through once the permit below it is deployed, and fails in the same update", () => {
    const permits = blocksOf("README.md").find(
      ({ line, language }) => language === "yaml" && line > (block?.line ?? 0),
    );
    const text = read(file).trimEnd() + "\n" + (permits?.text.split("\n").slice(2).join("\n") ?? "");
    const edited = text.replace(REGION, `${REGION}        highAvailable: false\n`);
    const permitted = loadAndPlan(text, file, deployed).next;
    expect(loadAndPlan(edited, file, permitted).customer.aws[0]?.highAvailable).toBe(false);
    expect(messageOf(() => loadAndPlan(edited, file, deployed))).toContain("deploy the permit first");
  });
});

/** What a refusal says. */
function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

describe("what a document shows", () => {
  test("matches with … for any text in a line, and on a line of its own for any lines", () => {
    expect(matchesShown("a: 5 created, in 3.1 s\n", "a: 5 created, in … s")).toBe(true);
    expect(matchesShown("first\nsecond\nthird\n", "…\nthird")).toBe(true);
    expect(matchesShown("first\nsecond\nthird\n", "first\n…")).toBe(true);
  });

  test("fails on text that the document leaves out without …", () => {
    expect(matchesShown("first\nsecond\n", "first")).toBe(false);
    expect(matchesShown("a: 4 created, in 3.1 s\n", "a: 5 created, in … s")).toBe(false);
  });
});
