// Rules as iptables-save prints them, followed here. That the kernel does the same is seen in tests/dataplane.
import { describe, expect, it } from "vitest";
import { follow, type Packet } from "../../doctor/iptables.ts";

const saved = (...rules: readonly string[]): string =>
  [
    ...["*nat", ":POSTROUTING ACCEPT [0:0]", "-A POSTROUTING -j DROP", "COMMIT"],
    ...["*filter", ":INPUT ACCEPT [0:0]", ":FORWARD DROP [0:0]", ":CNI-ADMIN - [0:0]", ":CAUSEWAY-GUEST - [0:0]"],
    ...rules,
    "COMMIT",
    "",
  ].join("\n");

const guest: Packet = { source: "10.61.0.2", destination: "10.127.0.10", protocol: "tcp", port: 443 };

const DROP = "-A CNI-ADMIN -s 10.61.0.0/16 -d 10.0.0.0/8 -p tcp -j DROP";
const ACCEPT =
  '-A CAUSEWAY-GUEST -s 10.61.0.0/16 -d 10.127.0.0/27 -p tcp -m tcp --dport 443 -m comment --comment "acme -j DROP" -j ACCEPT';

describe("a packet among the rules of an executor", () => {
  it("is let through by the first rule that fits, through chains that call each other", () => {
    const rules = saved("-A FORWARD -j CNI-ADMIN", "-A CNI-ADMIN -j CAUSEWAY-GUEST", DROP, ACCEPT);
    expect(follow(rules, "FORWARD", guest)).toEqual({ verdict: "accept", by: ACCEPT });
    expect(follow(rules, "FORWARD", { ...guest, port: 80 })).toEqual({ verdict: "drop", by: DROP });
  });

  it("fails at the executor's own drop when our chain is not called", () => {
    expect(follow(saved("-A FORWARD -j CNI-ADMIN", DROP, ACCEPT), "FORWARD", guest)).toEqual({
      verdict: "drop",
      by: DROP,
    });
  });

  it("is what the chain's policy says where no rule fits", () => {
    expect(follow(saved(), "FORWARD", guest)).toEqual({ verdict: "drop", by: "the policy of FORWARD" });
    expect(follow(saved(), "INPUT", guest)).toEqual({ verdict: "accept", by: "the policy of INPUT" });
  });

  it.each([
    "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j DROP",
    "-A FORWARD ! -s 10.61.0.0/16 -j DROP",
    "-A FORWARD -p udp -m udp --dport 443 -j DROP",
    "-A FORWARD -p tcp -m multiport --dports 80,8000:9000 -j DROP",
    "-A FORWARD -m set --match-set blocked src -j DROP",
    "-A FORWARD -s 10.61.0.2 -j RETURN",
  ])("passes over %s", (rule) => {
    const accept = "-A FORWARD -j ACCEPT";
    const { by } = follow(saved(rule, accept), "FORWARD", guest)!;
    expect(by).toBe(rule.endsWith("RETURN") ? "the policy of FORWARD" : accept);
  });

  it("is followed nowhere where there are no rules", () => {
    expect(follow("", "FORWARD", guest)).toBeUndefined();
    expect(follow(saved(), "OUTPUT", guest)).toBeUndefined();
  });
});
