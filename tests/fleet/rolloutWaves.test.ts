// Who is in which wave, and what a roll-out file may say. Nothing is rolled out here.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  defaultWaves,
  parseRolloutFile,
  planWaves,
  type AskedWave,
  type Candidate,
} from "../../fleet/rollout/index.ts";
import { ROOT } from "../support/project.ts";

const asked = (...texts: string[]): AskedWave[] =>
  texts.map((text) => ({ text, place: { file: `--wave ${text}`, path: "" } }));

const candidate = (stack: string, labels: Readonly<Record<string, string>> = {}): Candidate => ({
  member: { stack, path: `${stack}.yaml`, file: `${stack}.yaml`, byPath: false, sha256: "", own: [] },
  labels,
});

const fleet = (count: number, labels: (index: number) => Readonly<Record<string, string>> = () => ({})): Candidate[] =>
  Array.from({ length: count }, (_, index) => candidate(`customer-${index}`, labels(index)));

const stacks = (waves: ReturnType<typeof planWaves>): string[][] =>
  waves.map(({ members }) => members.map(({ stack }) => stack));

/** The whole message of what is thrown. */
const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
};

const TEN = fleet(10, (index) => (index < 2 ? { wave: "canary" } : { wave: "rest", tier: "gold" }));

describe("waves", () => {
  test("of labels and percentages share the customers: percentages count up over those no label names", () => {
    const waves = planWaves(asked("label:wave=canary", "25%", "50%", "100%"), TEN);
    expect(stacks(waves).map(({ length }) => length)).toEqual([2, 2, 2, 4]);
    expect(stacks(waves)[0]).toEqual(["customer-0", "customer-1"]);
    expect(waves.map((wave) => wave.asked)).toEqual(["label:wave=canary", "25%", "50%", "100%"]);
  });

  test("of percentages are the same for the same customers, in whatever order they are named", () => {
    const waves = planWaves(asked("20%", "100%"), TEN);
    expect(planWaves(asked("20%", "100%"), [...TEN].reverse())).toEqual(waves);
    expect(stacks(waves)[0]).toEqual(["customer-4", "customer-9"]);
  });

  test("hold every customer once, none is empty, and a larger share holds the smaller one", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/), { minLength: 1, maxLength: 40 });
    const percents = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 4 });
    fc.assert(
      fc.property(names, percents, (all, shares) => {
        const candidates = all.map((name) => candidate(name));
        const up = [...shares].sort((a, b) => a - b).concat(100);
        const sizes = up.map((percent) => Math.ceil((all.length * percent) / 100));
        fc.pre(new Set(sizes).size === sizes.length);
        const waves = stacks(planWaves(asked(...up.map((percent) => `${percent}%`)), candidates));
        expect(waves.flat().sort()).toEqual([...all].sort());
        expect(waves.map(({ length }) => length)).toEqual(sizes.map((size, index) => size - (sizes[index - 1] ?? 0)));
        const [, second = 100] = up;
        const together = second === 100 ? asked("100%") : asked(`${second}%`, "100%");
        const [whole] = stacks(planWaves(together, candidates));
        expect([...(waves[0] ?? []), ...(waves[1] ?? [])].sort()).toEqual([...(whole ?? [])].sort());
      }),
      { numRuns: 200 },
    );
  });

  test("that nobody asked for are never empty", () => {
    expect([1, 2, 3, 20].map(defaultWaves)).toEqual([
      ["100%"],
      ["50%", "100%"],
      ["10%", "50%", "100%"],
      ["10%", "50%", "100%"],
    ]);
    for (const count of [1, 2, 3, 20]) {
      const waves = planWaves(asked(...defaultWaves(count)), fleet(count));
      expect(stacks(waves).flat()).toHaveLength(count);
    }
  });

  test.each<[string, string[], string]>([
    [
      "a share above all",
      ["10%", "110%"],
      "--wave 110%: expected at most 100%, got 110%; waves of percentages count up to 100%",
    ],
    ["a share of nothing", ["0%"], "--wave 0%: expected more than 0%, got 0%; leave the wave out"],
    [
      "shares that go down",
      ["50%", "20%"],
      "--wave 20%: expected more than 50%, got 20%; percentages count up and include the waves before",
    ],
    [
      "a share that adds nobody",
      ["10%", "15%", "20%", "100%"],
      "--wave 20%: expected at least one customer, got none: 20% of 10 customers is 2, and earlier waves have them; leave the wave out, or write more than 20%",
    ],
    [
      "customers without a wave",
      ["label:wave=canary", "50%"],
      "--wave 50%: expected waves for every customer, got none for customer-3, customer-6, customer-7, customer-8; end with 100%",
    ],
    [
      "a value nobody has",
      ["label:wave=canari", "100%"],
      "--wave label:wave=canari: expected a label some customer has, got wave=canari; values of wave here: canary, rest",
    ],
    [
      "a label nobody has",
      ["label:ring=1"],
      "--wave label:ring=1: expected a label some customer has, got ring=1; labels here: tier, wave",
    ],
    [
      "labels nobody has together",
      ["label:wave=canary,tier=gold"],
      "--wave label:wave=canary,tier=gold: expected a customer with all of wave=canary,tier=gold, got none; leave one label out",
    ],
    [
      "a customer in two waves",
      ["label:wave=rest", "label:tier=gold"],
      "--wave label:tier=gold: expected customer-2 in one wave, got two: label:wave=rest and label:tier=gold; change a label or leave one wave out",
    ],
    [
      "a share after labels that have all",
      ["label:wave=canary", "label:wave=rest", "100%"],
      "--wave 100%: expected at least one customer, got none: label waves have them all; leave this wave out",
    ],
    ["another word", ["canary"], "--wave canary: expected label:<key>=<value> or a percentage such as 10%, got canary"],
  ])("fails on %s", (_what, texts, message) => {
    expect(refusal(() => planWaves(asked(...texts), TEN))).toBe(message);
  });
});

describe("a roll-out file", () => {
  test("says who, in which waves, and how", () => {
    const file = parseRolloutFile(
      "labels: [region=eu]\nwaves:\n  - label:wave=canary\n  - 100%\nmaxFailures: 2\ngate: { tries: 5 }\nautoApprove: true\n",
      "rollouts/Raise ports.yaml",
    );
    expect(file).toEqual({
      name: "raise-ports",
      selection: { labels: ["region=eu"] },
      waves: [
        {
          text: "label:wave=canary",
          place: { file: "rollouts/Raise ports.yaml", position: { line: 3, column: 5 }, path: "waves[0]" },
        },
        {
          text: "100%",
          place: { file: "rollouts/Raise ports.yaml", position: { line: 4, column: 5 }, path: "waves[1]" },
        },
      ],
      settings: { maxFailures: 2, autoApprove: true, gate: { tries: 5 } },
    });
  });

  test("fails with every problem and its place", () => {
    const text = "wave: 10%\nwaves: 10%\nmaxFailures: 0\ngate:\n  retries: 3\n  tries: many\nautoApprove: perhaps\n";
    expect(refusal(() => parseRolloutFile(text, "r.yaml"))).toBe(
      [
        "r.yaml:1:1: wave: unknown key, got wave; the keys here are all, customers, labels, waves, maxFailures, gate, autoApprove, concurrency",
        'r.yaml:2:8: waves: expected a list with at least one entry, got "10%"; write each entry on a line that begins with -',
        "r.yaml:3:14: maxFailures: expected a whole number of at least 1, got 0; write the digits",
        "r.yaml:5:3: gate.retries: unknown key, got retries; the keys here are tries, waitSeconds",
        "r.yaml:6:10: gate.tries: expected a whole number of at least 1, got many; write the digits",
        "r.yaml:7:14: autoApprove: expected true or false, got perhaps; write one of the two",
      ].join("\n"),
    );
  });

  test("fails on a share that is none where it stands", () => {
    const { waves } = parseRolloutFile("waves:\n  - 10%\n  - 200%\n", "r.yaml");
    expect(refusal(() => planWaves(waves, TEN))).toBe(
      "r.yaml:3:5: waves[1]: expected at most 100%, got 200%; waves of percentages count up to 100%",
    );
  });

  test("is shown in the documentation as it is read", () => {
    const page = readFileSync(join(ROOT, "docs/rollout.md"), "utf8");
    const [, text = ""] = /^```text\n(# rollouts\/raise-ports\.yaml\n[\s\S]*?)^```$/m.exec(page) ?? [];
    const { waves, settings } = parseRolloutFile(text, "rollouts/raise-ports.yaml");
    expect(waves.map((wave) => wave.text)).toEqual(["label:wave=canary", "25%", "100%"]);
    expect(settings).toEqual({ maxFailures: 1, gate: { tries: 10, waitSeconds: 30 } });
  });
});
