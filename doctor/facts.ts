/** From where a fact was found: on the executor, or from a network namespace on its bridge, as a guest is. */
export const VIEWS = ["executor", "guest"] as const;
export type View = (typeof VIEWS)[number];

/** What one command of the probe printed and how it ended. */
export interface Fact {
  readonly view: View;
  readonly fact: string;
  /** Key of the target it is about; empty for what is about the executor as a whole. */
  readonly target: string;
  readonly address: string;
  /** 124 where it took too long. */
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** How a command of the probe ends that took too long. Source: GNU coreutils, timeout(1). */
export const TIMED_OUT = 124;

/** What a probe found, by what was asked. */
export class Facts {
  readonly #all: readonly Fact[];

  constructor(all: readonly Fact[]) {
    this.#all = all;
  }

  one(view: View, fact: string, target = "", address = ""): Fact | undefined {
    return this.#all.find(
      (found) => found.view === view && found.fact === fact && found.target === target && found.address === address,
    );
  }

  /** Of every address of a target. */
  each(view: View, fact: string, target: string): readonly Fact[] {
    return this.#all.filter((found) => found.view === view && found.fact === fact && found.target === target);
  }

  /** Where the probe looked from, in order. */
  get views(): readonly View[] {
    return VIEWS.filter((view) => this.#all.some((found) => found.view === view));
  }
}

/** What came back is not what a probe prints, or not all of it. */
export class ProbeError extends Error {
  override readonly name = "ProbeError";
}

/**
 * Reads what a probe printed. Lines of others, such as a login's greeting, are passed over.
 * @throws ProbeError where the probe did not run to its end
 */
export function parseFacts(printed: string): Facts {
  const facts: Fact[] = [];
  let ended = false;
  for (const line of printed.split("\n")) {
    if (!line.startsWith('{"view":"')) continue;
    const fact = parseFact(line);
    if (fact?.fact === "end") ended = true;
    else if (fact !== undefined) facts.push(fact);
  }
  if (!ended)
    throw new ProbeError(`expected the findings of a whole probe, got ${facts.length} of its lines and no end`);
  return new Facts(facts);
}

function parseFact(line: string): Fact | undefined {
  let value: Readonly<Record<string, unknown>>;
  try {
    value = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const view = VIEWS.find((one) => one === value["view"]);
  const { fact, target, address, status, out, err } = value;
  if (view === undefined || typeof fact !== "string" || typeof status !== "number") return undefined;
  const [text, decoded] = [
    (field: unknown): string => (typeof field === "string" ? field : ""),
    (field: unknown): string => (typeof field === "string" ? Buffer.from(field, "base64").toString("utf8") : ""),
  ];
  return { view, fact, target: text(target), address: text(address), status, out: decoded(out), err: decoded(err) };
}
