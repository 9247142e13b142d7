// Text and hash of the artefact; that CoreDNS and iptables take it is for the data-plane tier to show.
import { describe, expect, test } from "vitest";
import type { Route } from "../../plan/customer.ts";
import { CONTAINER_UNIT, hashOf, lookupOf, renderCorefile, renderDnsProxy, UNIT } from "../../plan/dnsProxy.ts";
import type { DnsProxyPlan, DnsProxyValues } from "../../plan/dnsProxy.ts";
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

const routeTo = (source: string, destination: string): Route => ({ source, target: { kind: "name", destination } });

describe("the CoreDNS configuration", () => {
  test("gives routes blocks of their own by resolver, and leaves every other name to the last", () => {
    expect(renderCorefile(proxyOf(), VALUES)).toMatchInlineSnapshot(`
      "(common) {
          bind 10.61.0.1 127.0.0.1
          errors
          bufsize 1232
          acl . {
              allow net 10.61.0.0/16 127.0.0.0/8
              drop
          }
          cache 30 . {
              serve_stale 1h verify 500ms 30s
          }
          template IN AAAA . {
              authority ". 30 IN SOA localhost. root.localhost. 3729061061 3600 600 86400 30"
          }
      }
      artifactory.acme.example. pypi.acme.example. {
          import common
          rewrite name exact artifactory.acme.example. vpce-0a-b.vpce-svc-a1.us-east-1.vpce.amazonaws.com.
          rewrite name exact pypi.acme.example. packages.gcp.acme.example.
          forward . 169.254.169.254 {
              prefer_udp
              max_concurrent 1000
              failfast_all_unhealthy_upstreams
          }
      }
      maven.dc.acme.example. {
          import common
          view exact {
              expr name() in ['maven.dc.acme.example.']
          }
          rewrite name exact maven.dc.acme.example. maven.edge.acme.example.
          forward . 198.51.100.53 {
              prefer_udp
              max_concurrent 1000
              health_check 0.5s domain maven.edge.acme.example.
              failfast_all_unhealthy_upstreams
          }
      }
      . {
          import common
          health 127.0.0.1:8080
          ready 127.0.0.1:8181
          prometheus 127.0.0.1:9153
          loop
          reload
          forward . 169.254.169.254 {
              prefer_udp
              max_concurrent 1000
              failfast_all_unhealthy_upstreams
          }
      }
      "
    `);
  });

  test("shares a block between 32 routes at most, and names each source in one block alone", () => {
    const routes = Array.from({ length: 70 }, (_, i) => routeTo(`r${i}.acme.example`, `lb${i}.acme.example`));
    const corefile = renderCorefile({ routes, blobRoutes: [] }, VALUES);
    const heads = corefile.split("\n").filter((line) => line.startsWith("r"));
    expect(heads.map((head) => head.split(" ").length - 1)).toEqual([32, 32, 6]);
    expect(new Set(heads.flatMap((head) => head.split(" ").slice(0, -1))).size).toBe(70);
  });

  test("is the same whatever the order of the routes", () => {
    const { routes, blobRoutes } = proxyOf();
    const reversed = { routes: [...routes].reverse(), blobRoutes };
    expect(renderCorefile(reversed, VALUES)).toBe(renderCorefile({ routes, blobRoutes }, VALUES));
  });

  test("fails on a route whose endpoint has no name yet", () => {
    expect(() => renderCorefile(proxyOf(), { endpointNames: {}, pscAddresses: {}, blobHosts: {} })).toThrow(
      `no value for ${link("a1").key}`,
    );
  });
});

describe("what is asked for a name", () => {
  test.each([
    ["MAVEN.dc.acme.example", "maven.edge.acme.example", "198.51.100.53"],
    ["artifactory.acme.example", "vpce-0a-b.vpce-svc-a1.us-east-1.vpce.amazonaws.com", "169.254.169.254"],
    ["maven.edge.acme.example", "maven.edge.acme.example", "169.254.169.254"],
    ["inside.maven.dc.acme.example", "inside.maven.dc.acme.example", "169.254.169.254"],
  ])("%s is %s at %s", (name, asked, resolver) => {
    expect(lookupOf(proxyOf(), VALUES, name)).toEqual({ name: asked, resolver });
  });
});

describe("the units", () => {
  const unitsFor = (proxyTag: string) => renderDnsProxy({ ...proxyOf(), proxyTag }, VALUES).units;

  test("run the program where the image carries it, else the container of the file's tag", () => {
    const units = unitsFor("202311201628");
    expect(Object.keys(units)).toEqual([CONTAINER_UNIT, UNIT]);
    expect(units[CONTAINER_UNIT]).toContain("ConditionFileIsExecutable=!/usr/local/bin/coredns\n");
    expect(units[CONTAINER_UNIT]).toContain(
      "${DNS_PROXY_IMAGE}:202311201628 -conf /var/lib/causeway/current/corefile\n",
    );
    expect(units[UNIT]).toContain("ConditionFileIsExecutable=/usr/local/bin/coredns\n");
    expect(units[UNIT]).toContain("ExecStart=/usr/local/bin/coredns -conf /var/lib/causeway/current/corefile\n");
  });

  test("name an image by its digest where the tag is one", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    expect(unitsFor(digest)[CONTAINER_UNIT]).toContain(`\${DNS_PROXY_IMAGE}@${digest} -conf`);
  });
});

describe("the guest rules", () => {
  test("open no DNS where there is no proxy", () => {
    const { executorPrivateDNS: _, ...rest } = everyKind();
    const { dnsProxy } = planCustomer(rest);
    expect(dnsProxy?.proxyTag).toBeUndefined();
    const { corefile, guestRules, units } = renderDnsProxy(dnsProxy!, VALUES);
    expect(corefile).toBe("");
    expect(units).toEqual({});
    expect(guestRules).not.toContain("--dport 53");
    expect(guestRules).toContain("-d 10.10.0.7/32 -p tcp -m tcp --dport 443");
  });
});

describe("the hash", () => {
  test("changes with a route, a port, a certificate and an address, and with nothing else", () => {
    const base = renderDnsProxy(proxyOf(), VALUES).hash;
    const moved = { ...VALUES, pscAddresses: { [PSC_DOMAIN]: "10.10.0.8" } };
    expect(renderDnsProxy(proxyOf(), moved).hash).not.toBe(base);
    expect(renderDnsProxy(proxyOf({ registries: [] }), VALUES).hash).not.toBe(base);
    expect(renderDnsProxy({ ...proxyOf(), routes: proxyOf().routes.slice(1) }, VALUES).hash).not.toBe(base);
    expect(renderDnsProxy({ ...proxyOf(), proxyTag: "202402011200" }, VALUES).hash).not.toBe(base);
    expect(renderDnsProxy(proxyOf({ displayName: "Other", labels: { tier: "gold" } }), VALUES).hash).toBe(base);
  });

  test("is over every other member, so that a changed character anywhere shows", () => {
    const artefact = renderDnsProxy(proxyOf(), VALUES);
    expect(hashOf(artefact)).toBe(artefact.hash);
    const changed = [{ corefile: "" }, { guestRules: "" }, { caBundle: "x" }, { units: {} }, { proxyTag: "0" }];
    for (const change of changed) expect(hashOf({ ...artefact, ...change })).not.toBe(artefact.hash);
  });
});
