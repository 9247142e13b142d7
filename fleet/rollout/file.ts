import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { ConfigError, type Issue } from "../../plan/errors.ts";
import { formatPath, type Path } from "../../stacks/paths.ts";
import { parseSource, type Problem, type Source } from "../../stacks/read.ts";
import { show } from "../../stacks/wording.ts";
import type { Selection } from "../types.ts";
import type { RolloutSettings } from "./events.ts";
import type { AskedWave } from "./waves.ts";

/** What a roll-out file says; the command line may say the rest. */
export interface RolloutFile {
  /** Of the file, without its extension. */
  readonly name: string;
  readonly selection: Selection;
  readonly waves: readonly AskedWave[];
  readonly settings: Partial<Omit<RolloutSettings, "gate">> & { readonly gate?: Partial<RolloutSettings["gate"]> };
}

/**
 * Reads a roll-out file.
 * @param file path as the person named it, relative to the working directory
 * @throws ConfigError with every problem at once, in file order
 */
export function loadRolloutFile(file: string): RolloutFile {
  let content: Uint8Array;
  try {
    content = readFileSync(resolve(file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "an error";
    const got = code === "ENOENT" || code === "ENOTDIR" ? "nothing there" : code === "EISDIR" ? "a directory" : code;
    throw new ConfigError([{ file, path: "", message: `expected a roll-out file, got ${got}; check the path` }]);
  }
  return parseRolloutFile(content, file);
}

/** What the content of a roll-out file says. @throws ConfigError with every problem at once, in file order */
export function parseRolloutFile(content: Uint8Array | string, file: string): RolloutFile {
  const source = parseSource(content, file);
  const reader = new Reader(source, file);
  const read = reader.file();
  const problems = [...source.problems, ...reader.problems];
  if (problems.length > 0) {
    const issues = problems.map((problem) => issueOf(problem, source, file));
    throw new ConfigError(issues.sort((a, b) => a.position.line - b.position.line));
  }
  return { name: nameOf(file), ...read };
}

function issueOf(problem: Problem, source: Source, file: string): Required<Issue> {
  const { path, message } = problem;
  return { file, position: source.position(problem), path: formatPath(path), message };
}

/** Lower-case letters, digits and hyphens: the name becomes part of a file's name. */
const nameOf = (file: string): string =>
  basename(file)
    .replace(/\.ya?ml$/, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "") || "rollout";

const KEYS = ["all", "customers", "labels", "waves", "maxFailures", "gate", "autoApprove", "concurrency"];

class Reader {
  readonly problems: Problem[] = [];
  readonly #source: Source;
  readonly #file: string;

  constructor(source: Source, file: string) {
    this.#source = source;
    this.#file = file;
  }

  file(): Omit<RolloutFile, "name"> {
    const block = this.#block([], this.#source.value, KEYS);
    const gate = block["gate"] === undefined ? {} : this.#block(["gate"], block["gate"], ["tries", "waitSeconds"]);
    const tries = this.#count(["gate", "tries"], gate["tries"], 1);
    const waitSeconds = this.#count(["gate", "waitSeconds"], gate["waitSeconds"], 0);
    const maxFailures = this.#count(["maxFailures"], block["maxFailures"], 1);
    const concurrency = this.#count(["concurrency"], block["concurrency"], 1);
    const autoApprove = this.#yes(["autoApprove"], block["autoApprove"]);
    const all = this.#yes(["all"], block["all"]);
    const customers = this.#texts(["customers"], block["customers"]);
    const labels = this.#texts(["labels"], block["labels"]);
    return {
      selection: {
        ...(all === undefined ? {} : { all }),
        ...(customers === undefined ? {} : { customers }),
        ...(labels === undefined ? {} : { labels }),
      },
      waves: this.#waves(block["waves"]),
      settings: {
        ...(maxFailures === undefined ? {} : { maxFailures }),
        ...(concurrency === undefined ? {} : { concurrency }),
        ...(autoApprove === undefined ? {} : { autoApprove }),
        gate: { ...(tries === undefined ? {} : { tries }), ...(waitSeconds === undefined ? {} : { waitSeconds }) },
      },
    };
  }

  #waves(value: unknown): AskedWave[] {
    return (this.#texts(["waves"], value) ?? []).map((text, index) => {
      const path: Path = ["waves", index];
      return {
        text,
        place: { file: this.#file, position: this.#source.position({ path, message: "" }), path: formatPath(path) },
      };
    });
  }

  #refuse(path: Path, expected: string, value: unknown, fix: string): undefined {
    const got =
      value === null
        ? "nothing"
        : Array.isArray(value)
          ? "a list"
          : typeof value === "object"
            ? "a block"
            : show(value);
    this.problems.push({ path, message: `expected ${expected}, got ${got}; ${fix}` });
    return undefined;
  }

  #block(path: Path, value: unknown, keys: readonly string[]): Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.#refuse(path, "a block", value, `its keys are ${keys.join(", ")}`);
      return {};
    }
    for (const key of Object.keys(value)) {
      if (keys.includes(key)) continue;
      const message = `unknown key, got ${key}; the keys here are ${keys.join(", ")}`;
      this.problems.push({ path: [...path, key], at: "key", message });
    }
    return value as Record<string, unknown>;
  }

  #texts(path: Path, value: unknown): string[] | undefined {
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || value.length === 0) {
      return this.#refuse(
        path,
        "a list with at least one entry",
        value,
        "write each entry on a line that begins with -",
      );
    }
    return value.filter((item: unknown, index): item is string => {
      if (typeof item !== "string") this.#refuse([...path, index], "text", item, "write it as text");
      return typeof item === "string";
    });
  }

  #count(path: Path, value: unknown, least: number): number | undefined {
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
    return this.#refuse(path, `a whole number of at least ${least}`, value, "write the digits");
  }

  #yes(path: Path, value: unknown): boolean | undefined {
    if (value === undefined || typeof value === "boolean") return value;
    return this.#refuse(path, "true or false", value, "write one of the two");
  }
}
