/**
 * What several fields decide together, V1 to V21: the account, the links, the VPN and its ranges.
 * Texts only: what an account would refuse (a quota, a service that is not there) is for preflight to find.
 * `~` in a message stands for `spec.infrastructure`.
 */
import { describe, expect, test } from "vitest";
import { ACME, edited, problems } from "./support.ts";
import type { Edit } from "./support.ts";

const CASES: readonly (readonly [title: string, edits: readonly Edit[], expected: readonly string[]])[] = [
  [
    "V1 fails on an account id that lost a digit",
    [['"111122223333"', "11122223333"]],
    [
      "34:20: ~.privateCodeHost.aws.accountID: expected twelve digits, got 11122223333 (eleven); a spreadsheet may have cut a leading zero, ask for the id again",
    ],
  ],
  [
    "V1 fails on an account id with a digit too many",
    [['"111122223333"', "1111222233334"]],
    [
      "34:20: ~.privateCodeHost.aws.accountID: expected twelve digits, got 1111222233334 (thirteen); ask for the id again",
    ],
  ],
  [
    "V2 fails on a service of another region than the account's",
    [["us-east-1.vpce-svc-0f9", "eu-west-1.vpce-svc-0f9"]],
    [
      "38:23: ~.privateCodeHost.aws.privateLinks[0].endpoint: expected a service in us-east-1 (aws.region), got one in eu-west-1; an endpoint and its service share a region, correct one of the two",
    ],
  ],
  [
    "V2 fails on a region of another partition",
    [["region: us-east-1", "region: us-gov-west-1"]],
    ["35:17: ~.privateCodeHost.aws.region: expected an aws region, got us-gov-west-1; regions look like us-east-1"],
  ],
  [
    "V3 fails on a service name with a placeholder",
    [
      [
        "com.amazonaws.vpce.us-east-1.vpce-svc-0f9e8d7c6b5a43210",
        "com.amazonaws.vpce.<REGION>.<VPC_ENDPOINT_SERVICE_ID>",
      ],
    ],
    [
      '38:23: ~.privateCodeHost.aws.privateLinks[0].endpoint: expected com.amazonaws.vpce.us-east-1.vpce-svc-<8 or 17 hex digits>, got "com.amazonaws.vpce.<REGION>.<VPC_ENDPOINT_SERVICE_ID>"; a placeholder is left, put in the service name the customer sent',
    ],
  ],
  [
    "V3 fails on a service id of the wrong length",
    [["us-east-1.vpce-svc-0f9e8d7c6b5a43210", "us-east-1.vpce-svc-0f9e8d7c6b5a4321"]],
    [
      "38:23: ~.privateCodeHost.aws.privateLinks[0].endpoint: expected com.amazonaws.vpce.us-east-1.vpce-svc-<8 or 17 hex digits>, got com.amazonaws.vpce.us-east-1.vpce-svc-0f9e8d7c6b5a4321; ask the customer for the service name as aws shows it",
    ],
  ],
  [
    "V3 fails on an endpoint's id in place of the service's name",
    [["com.amazonaws.vpce.us-east-1.vpce-svc-0f9e8d7c6b5a43210", "vpce-0123456789abcdef0"]],
    [
      "38:23: ~.privateCodeHost.aws.privateLinks[0].endpoint: expected com.amazonaws.vpce.us-east-1.vpce-svc-<8 or 17 hex digits>, got vpce-0123456789abcdef0; this is an endpoint's id or name, ask the customer for the service's name",
    ],
  ],
  [
    "V3 fails on a service named twice",
    [
      [/vpce-svc-0a1b2c3d4e5f67890 {3}# reg/, "vpce-svc-0f9e8d7c6b5a43210 # reg"],
      ["privateLink: vpce-svc-0a1b2c3d4e5f67890", "privateLink: vpce-svc-0f9e8d7c6b5a43210"],
    ],
    [
      "40:23: ~.privateCodeHost.aws.privateLinks[1].endpoint: expected each service once, got vpce-svc-0f9e8d7c6b5a43210 again (first at [0]); put its ports there and remove this one",
    ],
  ],
  [
    "V4 fails on a port named twice",
    [["ports: [22, 443]", "ports: [22, 443, 22]"]],
    ["39:30: ~.privateCodeHost.aws.privateLinks[0].ports[2]: expected each port once, got 22 again; remove one"],
  ],
  [
    "V4 fails on a port named twice at a private service connect endpoint",
    [["            ports: [443]", "            ports: [443, 443]"]],
    [
      "54:26: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].ports[1]: expected each port once, got 443 again; remove one",
    ],
  ],
  [
    "V4 fails on more than twenty ports",
    [["ports: [22, 443]", "ports: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]"]],
    ["39:20: ~.privateCodeHost.aws.privateLinks[0].ports: expected at most 20, got 21; remove some"],
  ],
  [
    "V7 fails on an inside range that aws keeps",
    [["169.254.32.0/28", "169.254.5.0/28"]],
    [
      "46:23: ~.privateCodeHost.aws.vpn.insideCidr: expected a /28 in 169.254.0.0/16, got 169.254.5.0/28; aws keeps 169.254.5.0/30 in it for itself, 169.254.32.0/28 is the default",
    ],
  ],
  [
    "V7 fails on an inside range that holds the metadata address",
    [["169.254.32.0/28", "169.254.169.240/28"]],
    [
      "46:23: ~.privateCodeHost.aws.vpn.insideCidr: expected a /28 in 169.254.0.0/16, got 169.254.169.240/28; aws keeps 169.254.169.252/30 in it for itself, 169.254.32.0/28 is the default",
    ],
  ],
  [
    "V7 fails on an inside range that starts elsewhere",
    [["169.254.32.0/28", "169.254.32.4/28"]],
    [
      "46:23: ~.privateCodeHost.aws.vpn.insideCidr: expected a /28 in 169.254.0.0/16, got 169.254.32.4/28; its range starts earlier, write 169.254.32.0/28",
    ],
  ],
  [
    "V7 fails on an inside range of one tunnel",
    [["169.254.32.0/28", "169.254.32.0/30"]],
    [
      "46:23: ~.privateCodeHost.aws.vpn.insideCidr: expected a /28 in 169.254.0.0/16, got 169.254.32.0/30; four tunnels need four /30s, write a /28",
    ],
  ],
  [
    "V8 fails on a second connection, whose tunnels could share addresses with the first",
    [
      [
        /aws: {10,}# one VPN[^\n]*\n {8}accountID: [^\n]*\n[\s\S]*?\n {6}gcp:/,
        'aws: [{ accountID: "111122223333", region: us-east-1 }]\n      gcp:',
      ],
    ],
    [
      "33:12: ~.privateCodeHost.aws: not possible yet, got a list; meanwhile write one block, and another customer file for another account or region",
    ],
  ],
  [
    "V10 fails on a router asn that is not private",
    [["routerAsn: 65001", "routerAsn: 64511"]],
    ["11:18: ~.gcp.routerAsn: expected a private asn from 64512 to 65534, got 64511; choose one in these bounds"],
  ],
  [
    "V10 fails on the router asn kept for partner interconnect",
    [["routerAsn: 65001", "routerAsn: 16550"]],
    ["11:18: ~.gcp.routerAsn: expected a private asn from 64512 to 65534, got 16550; choose one in these bounds"],
  ],
  [
    "V11 fails on a 32-bit router asn",
    [["routerAsn: 65001", "routerAsn: 4200000001"]],
    [
      "11:18: ~.gcp.routerAsn: expected a private asn from 64512 to 65534, got 4200000001; an aws customer gateway takes a 16-bit one",
    ],
  ],
  [
    "V12 fails on one asn for both ends",
    [["routerAsn: 65001", "routerAsn: 64512"]],
    [
      "45:26: ~.privateCodeHost.aws.vpn.amazonSideAsn: expected another asn than 64512 (gcp.routerAsn), got the same; the two ends need two, 65001 is the router's default",
    ],
  ],
  [
    "V12 fails on the asn of amazon's older gateways",
    [["amazonSideAsn: 64512", "amazonSideAsn: 7224"]],
    [
      "45:26: ~.privateCodeHost.aws.vpn.amazonSideAsn: expected a private asn from 64512 to 65534, got 7224; choose one in these bounds",
    ],
  ],
  [
    "V14 fails on a vpc range inside a reserved one",
    [["vpcCidr: 10.127.0.0/24", "vpcCidr: 10.20.4.0/24"]],
    [
      "42:18: ~.privateCodeHost.aws.vpcCidr: expected a range clear of the google side, got 10.20.4.0/24, inside 10.20.0.0/16 (gcp.reservedRanges[0]); 10.127.0.0/24 is free",
    ],
  ],
  [
    "V14 fails on a vpc range that holds an executor subnet",
    [["vpcCidr: 10.127.0.0/24", "vpcCidr: 10.10.0.0/16"]],
    [
      "42:18: ~.privateCodeHost.aws.vpcCidr: expected a range clear of the google side, got 10.10.0.0/16, which holds 10.10.0.0/24 (executors.subnets.executors-a); 10.127.0.0/16 is free",
    ],
  ],
  [
    "V14 fails on a vpc range equal to an executor subnet's",
    [["vpcCidr: 10.127.0.0/24", "vpcCidr: 10.10.1.0/24"]],
    [
      "42:18: ~.privateCodeHost.aws.vpcCidr: expected a range clear of the google side, got 10.10.1.0/24, equal to 10.10.1.0/24 (executors.subnets.executors-b); 10.127.0.0/24 is free",
    ],
  ],
  [
    "V14 fails on a vpc range in the executors' guest network",
    [["vpcCidr: 10.127.0.0/24", "vpcCidr: 10.61.9.0/24"]],
    [
      "42:18: ~.privateCodeHost.aws.vpcCidr: expected a range clear of the google side, got 10.61.9.0/24, inside 10.61.0.0/16 (the executors' guest network); 10.127.0.0/24 is free",
    ],
  ],
  [
    "V14 fails on a vpc range in docker's",
    [["vpcCidr: 10.127.0.0/24", "vpcCidr: 172.17.0.0/16"]],
    [
      "42:18: ~.privateCodeHost.aws.vpcCidr: expected a range clear of the google side, got 172.17.0.0/16, equal to 172.17.0.0/16 (docker's bridge on the executors); 10.127.0.0/16 is free",
    ],
  ],
  [
    "V14 fails on the default vpc range where it is taken, and names a free one",
    [
      [/ {8}vpcCidr: .*\n/, ""],
      ["[10.20.0.0/16]", "[10.126.0.0/15]"],
    ],
    [
      "33:7: ~.privateCodeHost.aws.vpcCidr: expected a range clear of the google side, got 10.127.0.0/24, inside 10.126.0.0/15 (gcp.reservedRanges[0]); 10.128.0.0/24 is free",
    ],
  ],
  [
    "V14 fails on a public vpc range",
    [["vpcCidr: 10.127.0.0/24", "vpcCidr: 192.0.2.0/24"]],
    [
      "42:18: ~.privateCodeHost.aws.vpcCidr: expected a private range from /16 to /25, got 192.0.2.0/24; use a range in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10",
    ],
  ],
  [
    "V14 fails on a vpc range too small for eight zones",
    [["vpcCidr: 10.127.0.0/24", "vpcCidr: 10.127.0.0/26"]],
    [
      "42:18: ~.privateCodeHost.aws.vpcCidr: expected a private range from /16 to /25, got 10.127.0.0/26; the prefix length is from 16 to 25",
    ],
  ],
  [
    "V15 fails on one zone with high availability",
    [["[use1-az1, use1-az4]", "[use1-az1]"]],
    [
      "43:30: ~.privateCodeHost.aws.availabilityZoneIDs: expected two zones or more with highAvailable, got one; add another zone such as use1-az2, or write highAvailable: false",
    ],
  ],
  [
    "V15 fails on a zone of another region",
    [["[use1-az1, use1-az4]", "[use1-az1, euw1-az1]"]],
    [
      "43:41: ~.privateCodeHost.aws.availabilityZoneIDs[1]: expected a zone of us-east-1 (aws.region), got euw1-az1, which is in eu-west-1; choose among use1-az1, use1-az2, use1-az3, use1-az4, use1-az5 and use1-az6",
    ],
  ],
  [
    "V15 fails on a zone that the region does not have",
    [["[use1-az1, use1-az4]", "[use1-az1, use1-az7]"]],
    [
      "43:41: ~.privateCodeHost.aws.availabilityZoneIDs[1]: expected a zone of us-east-1 (aws.region), got use1-az7; choose among use1-az1, use1-az2, use1-az3, use1-az4, use1-az5 and use1-az6",
    ],
  ],
  [
    "V15 fails on a zone named twice",
    [["[use1-az1, use1-az4]", "[use1-az1, use1-az4, use1-az1]"]],
    [
      "43:51: ~.privateCodeHost.aws.availabilityZoneIDs[2]: expected each zone once, got use1-az1 again (first at [0]); remove one",
    ],
  ],
  [
    "V15 fails on a zone's name in place of its id",
    [["[use1-az1, use1-az4]", "[use1-az1, us-east-1a]"]],
    [
      "43:41: ~.privateCodeHost.aws.availabilityZoneIDs[1]: expected an availability zone id such as use1-az1, got us-east-1a; this is a zone's name, which is another zone in every account; write its id",
    ],
  ],
  [
    "V15 fails on more links than a zone's block holds",
    [
      [
        / {10}- endpoint: com[\s\S]*? {8}vpcCidr/,
        "          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000000\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000001\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000002\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000003\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000004\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000005\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000006\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000007\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000008\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000009\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-1000000a\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-1000000b\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-1000000c\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-1000000d\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-1000000e\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-1000000f\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000010\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000011\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000012\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000013\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000014\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000015\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000016\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000017\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000018\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-10000019\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-1000001a\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-1000001b\n        vpcCidr",
      ],
      ["privateLink: vpce-svc-0a1b2c3d4e5f67890", "privateLink: vpce-svc-10000000"],
    ],
    [
      "38:11: ~.privateCodeHost.aws.privateLinks: expected at most 27 links in a /24, got 28; a zone's block is an eighth of aws.vpcCidr, widen that",
    ],
  ],
  [
    "V17 fails on an executor subnet inside another one",
    [["10.10.1.0/24", "10.10.0.128/25"]],
    [
      "16:90: ~.executors.subnets.executors-b.ipCidrRange: expected a range no other one overlaps, got 10.10.0.128/25, inside 10.10.0.0/24 (executors.subnets.executors-a); correct the one that differs from the network's own",
    ],
  ],
  [
    "V17 fails on an executor subnet in a reserved range, with a free one where the network is created",
    [
      ["10.10.1.0/24", "10.20.1.0/24"],
      ["existing: acme", "create: acme"],
    ],
    [
      "16:90: ~.executors.subnets.executors-b.ipCidrRange: expected a range no other one overlaps, got 10.20.1.0/24, inside 10.20.0.0/16 (gcp.reservedRanges[0]); 10.127.1.0/24 is free",
    ],
  ],
  [
    "V17 fails on an executor subnet that starts elsewhere",
    [["10.10.1.0/24", "10.10.1.1/24"]],
    [
      "16:90: ~.executors.subnets.executors-b.ipCidrRange: expected a private range from /8 to /29, got 10.10.1.1/24; its range starts earlier, write 10.10.1.0/24",
    ],
  ],
  [
    "V17 fails without any executor subnet",
    [[/subnets: \{.*\}/, "subnets: {}"]],
    ["16:16: ~.executors.subnets: expected at least one subnet, got none; add <subnet>: { ipCidrRange: 10.10.0.0/24 }"],
  ],
  [
    "V18 fails on high availability in words of older yaml",
    [["highAvailable: true", "highAvailable: no"]],
    [
      "36:24: ~.privateCodeHost.aws.highAvailable: expected true or false, got no, which yaml 1.2 reads as text; write false",
    ],
  ],
  [
    "V19 fails on dead peer detection below aws's least",
    [["dpdTimeoutSeconds: 30", "dpdTimeoutSeconds: 29"]],
    ["69:57: ~.health.dpdTimeoutSeconds: expected seconds from 30 to 3600, got 29; choose one in these bounds"],
  ],
  [
    "V20 fails on a list of proposals",
    [["proposal: aes256-sha256-modp2048", "proposal: [aes256-sha256-modp2048, aes256gcm16-sha256-ecp384]"]],
    [
      "47:21: ~.privateCodeHost.aws.vpn.proposal: expected aes256-sha256-modp2048 or aes256gcm16-sha256-ecp384, got a list; write the proposal",
    ],
  ],
  [
    "V21 fails on a keepalive beyond cloud router's most",
    [["keepaliveInterval: 20", "keepaliveInterval: 61"]],
    ["69:34: ~.health.keepaliveInterval: expected seconds from 20 to 60, got 61; choose one in these bounds"],
  ],
];

describe("a file with one mistake has exactly one problem, said in full", () => {
  test.each(CASES)("%s", (_title, edits, expected) => {
    expect(problems(edited(ACME, edits))).toEqual(expected);
  });
});
