// Rules over what a file says of publishing, through files: that accounts, networks and certificates exist is for the
// clouds to say.
import { describe, expect, it } from "vitest";
import { guardedValues } from "../../plan/guards.ts";
import { planCustomer } from "../../plan/plan.ts";
import { parseCustomer } from "../../stacks/load.ts";
import { ACME, edited, notes, problems, TODAY, type Edit } from "./support.ts";

const AWS = `      npm:
        dnsName: npm.acme.example
        certificate: publicCA
        publish:
          aws:
            accountID: "444455556666"
            region: us-east-1
            vpcID: vpc-0000000000000000a
            subnets: { subnet-0000000000000000a: use1-az1, subnet-0000000000000000b: use1-az4 }
            listeners:
              "443":
                target: { addresses: [10.50.0.10] }
`;

const GOOGLE = `      npm:
        dnsName: npm.acme.example
        certificate: publicCA
        publish:
          gcp:
            projectID: acme-shared
            region: us-central1
            network: shared
            subnetwork: registry
            natRange: 10.61.0.0/24
            serviceAccount: npm@acme-shared.iam.gserviceaccount.com
            backends:
              groups: [projects/acme-shared/zones/us-central1-a/instanceGroups/npm]
`;

const MAVEN = "      maven: { dnsName: maven.dc.acme.example, certificate: publicCA }\n";

/** The full example with one registry more. */
const withRegistry = (text: string, edits: readonly Edit[] = []): string =>
  edited(ACME, [[MAVEN, `${MAVEN}${edited(text, edits)}`]]);

const first =
  withRegistry(AWS)
    .split("\n")
    .findIndex((line) => line === "      npm:") + 1;

/** Problems with the place counted from the registry's first line, and `%` for its block. */
const told = (text: string): readonly string[] =>
  problems(text).map((line) =>
    line
      .replace(/^(\d+)/, (number) => String(Number(number) - first))
      .replace("~.registries.npm.publish.aws", "%")
      .replace("~.registries.npm.publish.gcp", "%"),
  );

const LISTENER = "target: { addresses: [10.50.0.10] }";
const CERTIFICATE = "arn:aws:acm:us-east-1:444455556666:certificate/0a1b2c3d";
const BALANCER = "arn:aws:elasticloadbalancing:us-east-1:444455556666:loadbalancer/app/npm/0123456789abcdef";

describe("a registry published on AWS, in a file", () => {
  it("loads, with our own account as the principal [CP-04]", () => {
    const { customer } = parseCustomer(withRegistry(AWS), "acme.yaml", { today: TODAY });
    const { publishAws } = planCustomer(customer).registries.find(({ key }) => key === "npm")!;
    expect(publishAws).toMatchObject({
      ...{ name: "acme-npm", loadBalancerName: "acme-npm", allowedPrincipals: ["arn:aws:iam::111122223333:root"] },
      ...{ acceptanceRequired: false, crossZone: true, deletionProtection: true, protect: true },
    });
    expect(publishAws!.listeners).toMatchObject([
      { port: 443, mode: "tls-passthrough", targetPort: 443, healthCheck: { protocol: "TCP" } },
    ]);
  });

  it.each<[string, Edit, readonly string[]]>([
    [
      "a region without a connection of ours [CP-08]",
      ["region: us-east-1", "region: us-west-2"],
      [
        "6:21: %.region: expected us-east-1 (aws.region), got us-west-2; an endpoint and its service share a region, correct one of the two",
        "8:50: %.subnets.subnet-0000000000000000a: expected a zone of us-west-2, got use1-az1; use1-az1 is in us-east-1, correct it",
        "8:86: %.subnets.subnet-0000000000000000b: expected a zone of us-west-2, got use1-az4; use1-az4 is in us-east-1, correct it",
      ],
    ],
    [
      "our own account, which is the one that is let in [CP-04]",
      ['"444455556666"', '"111122223333"'],
      [
        "5:24: %.accountID: expected an account other than aws.accountID, got the same; nobody is let into an account of its own, write the customer's",
      ],
    ],
    [
      "one zone [CP-01]",
      [", subnet-0000000000000000b: use1-az4", ""],
      ["8:22: %.subnets: expected subnets in two zones or more, got one; add a subnet of another zone"],
    ],
    [
      "two subnets in one zone [CP-07]",
      ["use1-az4", "use1-az1"],
      [
        "8:22: %.subnets: expected subnets in two zones or more, got one; add a subnet of another zone",
        "8:86: %.subnets.subnet-0000000000000000b: expected each zone once, got use1-az1 again (first at subnet-0000000000000000a); a load balancer has one subnet in a zone, remove one",
      ],
    ],
    [
      "a public target [CP-03]",
      ["10.50.0.10", "203.0.113.10"],
      [
        "11:39: %.listeners.443.target.addresses[0]: expected an address in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10, got 203.0.113.10; a public one is no target, write the private one",
      ],
    ],
    [
      "two kinds of targets [CP-03]",
      ["addresses: [10.50.0.10]", "addresses: [10.50.0.10], autoScalingGroup: npm"],
      [
        "11:25: %.listeners.443.target: expected one of addresses, instances, autoScalingGroup or loadBalancerArn, got addresses and autoScalingGroup; keep one",
      ],
    ],
    [
      "no target [CP-03]",
      [LISTENER, "mode: tcp"],
      [
        "10:15: %.listeners.443.target: expected one of addresses, instances, autoScalingGroup or loadBalancerArn, got none; add one",
      ],
    ],
    [
      "a certificate that nothing ends tls with [CP-02]",
      [LISTENER, `${LISTENER}\n                certificateArn: ${CERTIFICATE}`],
      [
        "12:17: %.listeners.443.certificateArn: expected no certificateArn with tls-passthrough, got one; the target ends tls, remove the line",
      ],
    ],
    [
      "tls that ends without a certificate [CP-02]",
      [LISTENER, `${LISTENER}\n                mode: tls-terminate`],
      [
        "10:15: %.listeners.443.certificateArn: expected a certificate with tls-terminate, got nothing; add the arn, or write tls-passthrough",
      ],
    ],
    [
      "a certificate of another region [CP-02]",
      [
        LISTENER,
        `${LISTENER}\n                mode: tls-terminate\n                certificateArn: ${CERTIFICATE.replace("us-east-1", "us-west-2")}`,
      ],
      [
        "13:33: %.listeners.443.certificateArn: expected a certificate of 444455556666 in us-east-1, got one of 444455556666 in us-west-2; aws takes no other",
      ],
    ],
    [
      "an idle time where tls ends [CP-02]",
      [
        LISTENER,
        `${LISTENER}\n                mode: tls-terminate\n                certificateArn: ${CERTIFICATE}\n                idleTimeoutSeconds: 600`,
      ],
      [
        "14:17: %.listeners.443.idleTimeoutSeconds: expected no idleTimeoutSeconds with tls-terminate, got some; aws keeps 350 there, remove the line",
      ],
    ],
    [
      "an idle time beyond what aws keeps [CP-02]",
      [LISTENER, `${LISTENER}\n                idleTimeoutSeconds: 30`],
      [
        "12:37: %.listeners.443.idleTimeoutSeconds: expected seconds from 60 to 6000, got 30; choose one in these bounds",
      ],
    ],
    [
      "a load balancer that tls ends before [SR-20]",
      [
        LISTENER,
        `target: { loadBalancerArn: ${BALANCER} }\n                mode: tls-terminate\n                certificateArn: ${CERTIFICATE}`,
      ],
      [
        "12:23: %.listeners.443.mode: expected tls-passthrough or tcp, got tls-terminate; a load balancer is reached over tcp alone and ends tls itself, write tls-passthrough",
      ],
    ],
    [
      "a load balancer that is asked over tcp [SR-21]",
      [LISTENER, `target: { loadBalancerArn: ${BALANCER} }\n                healthCheck: { protocol: TCP }`],
      [
        "12:42: %.listeners.443.healthCheck.protocol: expected HTTP or HTTPS of a load balancer, got TCP; write one of the two",
      ],
    ],
    [
      "no account, network or listener",
      [/ {12}accountID[\s\S]*$/, "            region: us-east-1\n"],
      [
        "4:11: %.accountID: expected the account's id of a registry the customer runs, got nothing; add accountID",
        "4:11: %.listeners: expected listeners of a registry the customer runs, got nothing; add listeners",
        "4:11: %.subnets: expected subnets of a registry the customer runs, got nothing; add subnets",
        "4:11: %.vpcID: expected the targets' vpc of a registry the customer runs, got nothing; add vpcID",
      ],
    ],
    [
      "a topic of another region",
      [
        "            listeners:",
        "            notificationTopicArn: arn:aws:sns:us-west-2:444455556666:npm\n            listeners:",
      ],
      [
        "9:35: %.notificationTopicArn: expected a topic in us-east-1, got one in us-west-2; alarms tell a topic of their own region alone",
      ],
    ],
    [
      "its own region among the others [CP-08]",
      ["            listeners:", "            supportedRegions: [us-east-1]\n            listeners:"],
      [
        "9:32: %.supportedRegions[0]: expected a region besides us-east-1, got it again; its own is always supported, remove it",
      ],
    ],
  ])("fails with %s", (_name, edit, expected) => {
    expect([...told(withRegistry(AWS, [edit]))].sort()).toEqual([...expected].sort());
  });

  it("tells of the part of a place that is known alone", () => {
    const arn = "arn:aws:acm:eu-west-1:444455556666:certificate/0a1b2c3d";
    const lines = told(
      withRegistry(AWS, [
        ['accountID: "444455556666"', "accountID: oops"],
        [LISTENER, `mode: tls-terminate\n                certificateArn: "${arn}"\n                ${LISTENER}`],
      ]),
    );
    expect(lines.filter((line) => line.includes("certificate "))).toEqual([
      expect.stringContaining("expected a certificate in us-east-1, got one in eu-west-1; aws takes no other"),
    ]);
    const google = "mode: proxy\n            certificate: projects/elsewhere/regions/us-east1/sslCertificates/npm";
    const edits: readonly Edit[] = [
      ["projectID: acme-shared", "projectID: A B"],
      ["serviceAccount", `${google}\n            serviceAccount`],
    ];
    const all = [...lines, ...told(withRegistry(GOOGLE, edits))].join();
    expect(all).toContain("expected a certificate of elsewhere in us-central1, got one of elsewhere in us-east1");
    expect(all).not.toContain("undefined");
  });

  it("fails without a connection of ours, as nobody could be let in [CP-04]", () => {
    const text = edited(withRegistry(AWS), [[/ {6}aws: {10,}#[\s\S]*?\n {6}gcp:/, "      gcp:"]]);
    expect(
      problems(text)
        .filter((line) => line.includes("publish"))
        .map((line) => line.replace(/^\d+:\d+: /, "")),
    ).toEqual([
      "~.registries.npm.publish.aws: expected privateCodeHost.aws beside publish.aws, got none; its account is the one that is let in",
    ]);
  });

  it("fails where no zone is ours too, and notes where one alone is [CP-07]", () => {
    const none = edited(withRegistry(AWS, [["use1-az1", "use1-az2"]]), [["use1-az4 }", "use1-az3 }"]]);
    expect(told(none)[0]).toContain("%.subnets: expected zones in common with ours, got none");
    const one = withRegistry(AWS, [["use1-az4", "use1-az3"]]);
    expect(notes(one).filter((line) => line.includes("subnets"))[0]).toContain("one of aws.availabilityZoneIDs");
    const unsaid: Edit = [/\n +availabilityZoneIDs: \[.*?\]/, ""];
    expect(told(edited(none, [unsaid, ["use1-az2", "use1-az5"]]))[0]).toContain("(use1-az1 and use1-az2 by default)");
  });

  it("keeps names within what aws takes, and two long ones apart [CP-01]", () => {
    const key = "a-registry-with-a-very-long-ke";
    const text = withRegistry(AWS, [
      ["npm:\n", `${key}:\n`],
      ["npm.acme.example", "npm2.acme.example"],
    ]);
    const { customer } = parseCustomer(text, "acme.yaml", { today: TODAY });
    const { publishAws } = planCustomer(customer).registries.find((one) => one.key === key)!;
    expect(publishAws!.loadBalancerName).toMatch(/^acme-a-registry-with-a-[0-9a-f]{8}$/);
    expect(publishAws!.listeners[0]!.targetGroupName.length).toBeLessThanOrEqual(32);
  });
});

describe("a registry published on Google Cloud, in a file", () => {
  it("loads, with the executors' project as the only consumer [CP-23]", () => {
    const { customer } = parseCustomer(withRegistry(GOOGLE), "acme.yaml", { today: TODAY });
    const { publishGcp } = planCustomer(customer).registries.find(({ key }) => key === "npm")!;
    expect(publishGcp).toMatchObject({
      ...{ acceptedProject: "acme-prod-4f2a", connectionLimit: 10, sourceRange: "10.61.0.0/24", ports: [443] },
      ...{ mode: "passthrough", natSubnetName: "acme-npm-nat-10-61-0-0" },
    });
  });

  it.each<[string, readonly Edit[], readonly string[]]>([
    [
      "a region that is not the executors' [CP-20]",
      [
        ["region: us-central1", "region: us-east1"],
        ["us-central1-a", "us-east1-b"],
      ],
      [
        "6:21: %.region: expected us-central1 (gcp.region), got us-east1; an endpoint and its attachment share a region, publish where the executors are",
      ],
    ],
    [
      "our own project [CP-20]",
      [["projectID: acme-shared", "projectID: acme-prod-4f2a"]],
      [
        "5:24: %.projectID: expected a project other than gcp.projectID, got the same; a project has no endpoint to its own service, write the customer's",
      ],
    ],
    [
      "a nat subnet smaller than a /29 [CP-21]",
      [["10.61.0.0/24", "10.61.0.0/30"]],
      [
        "9:23: %.natRange: expected a private range from /8 to /29, got 10.61.0.0/30; the prefix length is from 8 to 29",
      ],
    ],
    [
      "more than five ports [CP-22]",
      [["            backends:", "            ports: [1, 2, 3, 4, 5, 6]\n            backends:"]],
      ["11:20: %.ports: expected at most 5, got 6; remove some"],
    ],
    [
      "a proxy without its subnet, with two ports and no port's name [CP-22]",
      [["            backends:", "            mode: proxy\n            ports: [443, 8443]\n            backends:"]],
      [
        "12:20: %.ports: expected one port with proxy, got 2; a proxy listens at one port, keep one",
        "13:13: %.backends.portName: expected the named port of the instance groups with proxy, got nothing; add portName",
        "4:11: %.proxySubnet: expected the proxies' subnet with proxy, got nothing; add proxySubnet: { create: <range> }",
      ],
    ],
    [
      "a certificate where nothing ends tls [CP-22]",
      [
        [
          "            backends:",
          "            certificate: projects/acme-shared/regions/us-central1/sslCertificates/npm\n            backends:",
        ],
      ],
      [
        "11:13: %.certificate: expected no certificate with passthrough, got one; packets reach the backends as they are, remove the line",
      ],
    ],
    [
      "addresses without a proxy [CP-22]",
      [
        [/groups: .*/, "{ addresses: [10.200.0.10], zone: us-central1-a }"],
        ["            backends:\n              {", "            backends: {"],
      ],
      [
        "4:11: %.mode: expected proxy with addresses, got passthrough; only a proxy reaches backends outside google cloud",
      ],
    ],
    [
      "a group of another region [CP-22]",
      [["us-central1-a", "us-east1-b"]],
      [
        "12:24: %.backends.groups[0]: expected a group in us-central1, got one in us-east1-b; the backends share a region",
      ],
    ],
    [
      "a range that holds the proxies' [CP-21]",
      [
        [
          "            backends:",
          "            mode: proxy\n            proxySubnet: { create: 10.61.0.0/26 }\n            backends:\n              portName: https",
        ],
      ],
      [
        "12:36: %.proxySubnet.create: expected a range clear of the network's others, got 10.61.0.0/26, which shares addresses with 10.61.0.0/24 (registries.npm.publish.gcp.natRange); choose another",
      ],
    ],
    [
      "a range that holds a backend [CP-21]",
      [
        [
          / {12}backends:[\s\S]*$/,
          "            mode: proxy\n            proxySubnet: { create: 10.62.0.0/26 }\n            backends: { addresses: [10.61.0.9], zone: us-central1-a }\n",
        ],
      ],
      [
        "9:23: %.natRange: expected a range without the backends, got 10.61.0.0/24, which holds 10.61.0.9; choose another",
      ],
    ],
    [
      "both kinds of backends [CP-22]",
      [["            backends:", "            backends:\n              addresses: [10.200.0.10]"]],
      [
        "12:15: %.backends: expected one of groups and addresses, got both; write one",
        "4:11: %.mode: expected proxy with addresses, got passthrough; only a proxy reaches backends outside google cloud",
      ],
    ],
  ])("fails with %s", (_name, edits, expected) => {
    expect([...told(withRegistry(GOOGLE, edits))].sort()).toEqual([...expected].sort());
  });

  it("fails once where a value that is live cannot be read, which is no change of it [CP-27]", () => {
    const named: Edit = ["            backends:", "            domainName: corp.acme.example\n            backends:"];
    const live = parseCustomer(withRegistry(GOOGLE, [named]), "acme.yaml", { today: TODAY }).customer;
    const deployed = { version: 1, values: guardedValues(live), endpointStates: {} } as const;
    const broken = withRegistry(GOOGLE, [named, ["corp.acme.example", "corp acme example"]]);
    const wrong = problems(broken, { deployed }).filter((line) => line.includes("domainName"));
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toContain("expected a dns name");
  });

  it("notes firewall rules that are for the whole network [CP-24]", () => {
    const text = withRegistry(GOOGLE, [[/ {12}serviceAccount.*\n/, ""]]);
    expect(notes(text).filter((line) => line.includes("publish.gcp"))[0]).toContain(
      "no serviceAccount, so the firewall rules are for every machine of the network",
    );
  });
});
