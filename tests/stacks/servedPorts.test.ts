// Ports of a connection against those of the registry it names, through files: that something answers there is for an
// update, and for the simulated clouds' reach, to show.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../support/project.ts";
import { edited, problems, type Edit } from "./support.ts";

const FILE = readFileSync(join(ROOT, "stacks/customers/both-ends.yaml"), "utf8");
const ELSEWHERE: Edit = ['{ "443": { target', '{ "8443": { target'];
const link = (registry: string, ports: string): Edit => [
  `- registry: ${registry}`,
  `- registry: ${registry}\n            ports: ${ports}`,
];
const found = (...edits: Edit[]): readonly string[] => problems(edited(FILE, edits));
const dead = (place: string, served: string, registry: string, got: number): string =>
  `${place}.ports: expected ${served}, which ${registry} listens on, got ${got}; executors would be let through to nothing, write ports: [${served.replace(" or ", ", ")}] or fewer`;

describe("the ports of a connection to a registry of the file", () => {
  it("are those the registry is published at, or fewer", () => {
    expect(found()).toEqual([]);
    expect(found(ELSEWHERE, link("pypi", "[8443]"))).toEqual([]);
    const two: Edit = ['{ "443": { target', '{ "8443": { target: { addresses: [10.50.0.10] } }, "443": { target'];
    expect(found(two, link("pypi", "[8443]"))).toEqual([]);
  });

  it("fail where the link keeps 443 and the listener is elsewhere", () => {
    expect(found(ELSEWHERE)).toEqual([`22:13: ${dead("~.privateCodeHost.aws.privateLinks[1]", "8443", "pypi", 443)}`]);
  });

  it.each([
    ["packages", 0, "22:20"],
    ["pypi", 1, "23:20"],
    ["npm", 2, "24:20"],
  ])("fail for %s at a port nothing serves", (registry, index, place) => {
    const expected = dead(`~.privateCodeHost.aws.privateLinks[${index}]`, "443", registry, 22);
    expect(found(link(registry, "[443, 22]"))).toEqual([`${place}: ${expected}`]);
  });

  it("fail for an attachment at a port it does not forward", () => {
    const expected = dead("~.privateCodeHost.gcp.privateServiceConnectEndpoints[0]", "443", "maven", 8443);
    expect(found(["registry: maven }", "registry: maven, ports: [8443] }"])).toEqual([`26:72: ${expected}`]);
  });
});
