// Text and hash of the artefact; that CoreDNS and iptables take it is for the data-plane tier to show.
import { describe, expect, test } from "vitest";
import { renderCorefile, renderDnsProxy, type DnsProxyPlan, type DnsProxyValues } from "../../plan/dnsProxy.ts";
import { planCustomer } from "../../plan/plan.ts";
import { everyKind, link, PSC_DOMAIN } from "../support/customers.ts";

const VALUES: DnsProxyValues = {
  endpointNames: { [link("a1").key]: "vpce-0a-b.vpce-svc-a1.us-east-1.vpce.amazonaws.com" },
  pscAddresses: { [PSC_DOMAIN]: "10.10.0.7" },
  blobHosts: {},
};

function proxyOf(changes: Parameters<typeof everyKind>[0] = {}): DnsProxyPlan {
  const { dnsProxy } = planCustomer(everyKind(changes));
  if (dnsProxy === undefined) throw new Error("expected a dns-proxy");
  return dnsProxy;
}

describe("the CoreDNS configuration", () => {
  test("rewrites each private name to where it leads, and asks a route's own resolver first", () => {
    expect(renderCorefile(proxyOf(), VALUES)).toMatchInlineSnapshot(`
      ".:53 {
          bind 10.61.0.1 127.0.0.1
          errors
          health 127.0.0.1:8080
          ready 127.0.0.1:8181
          prometheus 127.0.0.1:9153
          loop
          reload
          acl {
              allow net 10.61.0.0/16 127.0.0.0/8
              block
          }
          rewrite stop name exact artifactory.acme.example. vpce-0a-b.vpce-svc-a1.us-east-1.vpce.amazonaws.com.
          rewrite stop name exact maven.dc.acme.example. maven.edge.acme.example.
          rewrite stop name exact pypi.acme.example. packages.gcp.acme.example.
          cache 30
          forward maven.edge.acme.example. 198.51.100.53
          forward . 169.254.169.254
      }
      "
    `);
  });

  test("fails on a route whose endpoint has no name yet", () => {
    expect(() => renderCorefile(proxyOf(), { endpointNames: {}, pscAddresses: {}, blobHosts: {} })).toThrow(
      `no value for ${link("a1").key}`,
    );
  });
});

describe("the guest rules", () => {
  test("open each private endpoint on its ports, and DNS on the bridge, and come before the executor's drops", () => {
    expect(renderDnsProxy(proxyOf(), VALUES).guestRules).toMatchInlineSnapshot(`
      "#!/bin/sh
      set -eu
      iptables-restore --wait --noflush <<'RULES'
      *filter
      :CAUSEWAY-GUEST - [0:0]
      :CAUSEWAY-INPUT - [0:0]
      -A CAUSEWAY-GUEST -s 10.61.0.0/16 -d 10.127.0.0/27 -p tcp --dport 443 -m comment --comment "aws-111122223333-us-east-1 use1-az1" -j ACCEPT
      -A CAUSEWAY-GUEST -s 10.61.0.0/16 -d 10.127.0.96/27 -p tcp --dport 443 -m comment --comment "aws-111122223333-us-east-1 use1-az4" -j ACCEPT
      -A CAUSEWAY-GUEST -s 10.61.0.0/16 -d 10.10.0.7/32 -p tcp --dport 443 -m comment --comment "packages.gcp.acme.example" -j ACCEPT
      -A CAUSEWAY-INPUT -s 10.61.0.0/16 -d 10.61.0.1 -p udp --dport 53 -j ACCEPT
      -A CAUSEWAY-INPUT -s 10.61.0.0/16 -d 10.61.0.1 -p tcp --dport 53 -j ACCEPT
      COMMIT
      RULES
      first() {
        [ "$(iptables --wait -S "$1" | sed -n '2p')" = "-A $1 -j $2" ] && return
        while iptables --wait -D "$1" -j "$2" 2>/dev/null; do :; done
        iptables --wait -I "$1" 1 -j "$2"
      }
      first CNI-ADMIN CAUSEWAY-GUEST
      first INPUT CAUSEWAY-INPUT
      "
    `);
  });

  test("open no DNS where there is no proxy", () => {
    const { executorPrivateDNS: _, ...rest } = everyKind();
    const { dnsProxy } = planCustomer(rest);
    expect(dnsProxy?.proxyTag).toBeUndefined();
    const { corefile, guestRules } = renderDnsProxy(dnsProxy!, VALUES);
    expect(corefile).toBe("");
    expect(guestRules).not.toContain("--dport 53");
    expect(guestRules).toContain("-d 10.10.0.7/32 -p tcp --dport 443");
  });
});

describe("the hash", () => {
  test("changes with a route, a port, a certificate and an address, and with nothing else", () => {
    const base = renderDnsProxy(proxyOf(), VALUES).hash;
    const moved = { ...VALUES, pscAddresses: { [PSC_DOMAIN]: "10.10.0.8" } };
    expect(renderDnsProxy(proxyOf(), moved).hash).not.toBe(base);
    expect(renderDnsProxy(proxyOf({ registries: [] }), VALUES).hash).not.toBe(base);
    expect(renderDnsProxy({ ...proxyOf(), routes: proxyOf().routes.slice(1) }, VALUES).hash).not.toBe(base);
    expect(renderDnsProxy(proxyOf({ displayName: "Other", labels: { tier: "gold" } }), VALUES).hash).toBe(base);
  });
});
