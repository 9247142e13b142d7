// The script's text; that kernels take it, and what it does to packets, is for the data-plane tier to show.
import { describe, expect, test } from "vitest";
import { renderGuestRules, type GuestRule } from "../../plan/guestRules.ts";
import { planCustomer } from "../../plan/plan.ts";
import { everyKind, PSC_DOMAIN } from "../support/customers.ts";

const VALUES = { pscAddresses: { [PSC_DOMAIN]: "10.10.0.7" } };
const planned = (): readonly GuestRule[] => planCustomer(everyKind()).dnsProxy!.guestRules;
const linesOf = (script: string): string[] => script.split("\n").filter((line) => line.startsWith("-A "));
const programOf = (script: string): string => script.split("\nRULES\n")[1]!;

describe("the script of guest rules", () => {
  test("accepts each private endpoint on its ports, and DNS on the bridge, as iptables lists rules", () => {
    const endpoint = "-A CAUSEWAY-GUEST -s 10.61.0.0/16 -d";
    const aws = (zone: string): string =>
      `-p tcp -m tcp --dport 443 -m comment --comment "aws-111122223333-us-east-1 ${zone}" -j ACCEPT`;
    expect(linesOf(renderGuestRules(planned(), true, VALUES))).toEqual([
      `${endpoint} 10.127.0.0/27 ${aws("use1-az1")}`,
      `${endpoint} 10.127.0.96/27 ${aws("use1-az4")}`,
      `${endpoint} 10.10.0.7/32 -p tcp -m tcp --dport 443 -m comment --comment "packages.gcp.acme.example" -j ACCEPT`,
      "-A CAUSEWAY-INPUT -s 10.61.0.0/16 -d 10.61.0.1/32 -p udp -m udp --dport 53 -j ACCEPT",
      "-A CAUSEWAY-INPUT -s 10.61.0.0/16 -d 10.61.0.1/32 -p tcp -m tcp --dport 53 -j ACCEPT",
    ]);
  });

  test("has one line for each port", () => {
    const [first] = planned();
    const lines = linesOf(renderGuestRules([{ ...first!, ports: [443, 8443] }], false, VALUES));
    expect(lines.map((line) => /--dport (\d+)/.exec(line)![1])).toEqual(["443", "8443"]);
  });

  test("opens no DNS where there is no proxy, and nothing where there is no endpoint", () => {
    expect(linesOf(renderGuestRules([], false, VALUES))).toEqual([]);
  });

  test("is the same program for everyone", () => {
    expect(programOf(renderGuestRules(planned(), true, VALUES))).toBe(programOf(renderGuestRules([], false, VALUES)));
  });

  test("fails where the endpoint has no address yet", () => {
    expect(() => renderGuestRules(planned(), true, { pscAddresses: {} })).toThrow(`no value for ${PSC_DOMAIN}`);
  });
});
