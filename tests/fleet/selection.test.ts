// Which customers a choice means. That a chosen file is a good one is what this cannot show: nothing but name and labels
// is read here.
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FleetError } from "../../fleet/error.ts";
import { memberAt, selectMembers } from "../../fleet/selection.ts";
import type { Selection } from "../../fleet/types.ts";
import { FleetRepository } from "../support/fleet.ts";
import { natFile } from "./fleetFake.ts";

let repository: FleetRepository;
beforeAll(() => {
  repository = new FleetRepository(
    new Map([
      ["alpha.yaml", natFile("alpha", "{ tier: gold, wave: canary }")],
      ["beta.yaml", natFile("beta", "{ tier: gold }")],
      ["gamma.yaml", natFile("gamma")],
      ["broken.yaml", "name: [broken\n"],
    ]),
  );
  repository.git("tag", "v1");
  repository.edit("beta.yaml", "10.10.0.0/24", "10.11.0.0/24");
  repository.commit();
  repository.customer("new.yaml", natFile("new", "{ tier: gold }"));
  repository.customer("gamma.yaml", natFile("gamma", "{ tier: silver }"));
  repository.write("elsewhere/other.yaml", natFile("somebody"));
});
afterAll(() => repository.dispose());

const stacks = async (selection: Selection): Promise<string[]> =>
  (await selectMembers(repository.root, selection)).map(({ stack }) => stack);
const refusal = (selection: Selection): Promise<string> =>
  selectMembers(repository.root, selection).then(
    () => Promise.reject(new Error("it was accepted")),
    (error: unknown) => (error instanceof FleetError ? `${error.code}: ${error.message}` : Promise.reject(error)),
  );

describe("a choice of customers", () => {
  test("by name comes in the order given, each once", async () => {
    expect(await stacks({ customers: ["gamma", "alpha", "gamma"] })).toEqual(["gamma", "alpha"]);
  });

  test("of all comes by name, a broken file among them", async () => {
    expect(await stacks({ all: true })).toEqual(["alpha", "beta", "broken", "gamma", "new"]);
  });

  test("whose name is none goes by the file's", async () => {
    repository.customer("odd.yaml", natFile('"x; rm -rf ~\\n"'));
    expect(await stacks({ customers: ["odd"] })).toEqual(["odd"]);
    rmSync(`${repository.root}/stacks/customers/odd.yaml`);
  });

  test("by path is the customer the file names, and says so", () => {
    const { stack, byPath } = memberAt(`${repository.root}/elsewhere/other.yaml`);
    expect([stack, byPath]).toEqual(["somebody", true]);
  });

  test("by label is of everyone who has all of them", async () => {
    expect(await stacks({ labels: ["tier=gold"] })).toEqual(["alpha", "beta", "new"]);
    expect(await stacks({ labels: ["tier=gold", "wave=canary"] })).toEqual(["alpha"]);
  });

  test("of several kinds is of those who meet each", async () => {
    expect(await stacks({ customers: ["beta", "gamma"], labels: ["tier=gold"] })).toEqual(["beta"]);
    expect(await stacks({ all: true, changedSince: "HEAD", labels: ["tier=gold"] })).toEqual(["new"]);
  });

  test("by git ref is of those whose file differs in the working tree, committed, changed or new", async () => {
    expect(await stacks({ changedSince: "v1" })).toEqual(["beta", "gamma", "new"]);
    expect(await stacks({ changedSince: "HEAD" })).toEqual(["gamma", "new"]);
  });

  test("by git ref may be of nobody", async () => {
    expect(await stacks({ changedSince: "HEAD", customers: ["alpha"] })).toEqual([]);
  });

  test.each<[string, Selection, RegExp]>([
    ["nobody", {}, /^selection: expected a customer, a path or --all, got none; customers here: alpha, beta, /],
    ["somebody who is not there", { customers: ["nobody"] }, /got nobody; there are: alpha, beta, broken, gamma, new$/],
    ["all and some", { customers: ["alpha"], all: true }, /expected customers or --all, got both; leave one out$/],
    [
      "a label nobody has",
      { labels: ["tier=lead"] },
      /got none; labels there are: tier=gold, tier=silver, wave=canary$/,
    ],
    ["a label without a value", { labels: ["tier"] }, /--label: expected <key>=<value>, got tier$/],
    ["a ref that is none", { changedSince: "nowhere" }, /--changed-since: expected a git ref .*, got nowhere: /],
    ["an option for git", { changedSince: "--output=x" }, /--changed-since: expected a git ref .*, got --output=x: /],
  ])("fails on %s with what there is", async (_, selection, message) => {
    expect(await refusal(selection)).toMatch(message);
  });
});
