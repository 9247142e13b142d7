/**
 * A CodeArtifact registry in a customer file: what several fields decide together.
 * Texts only: what an account would refuse (a quota, a role that is not there) is for preflight to find.
 * `~` in a message stands for the registry's block.
 */
import { describe, expect, it } from "vitest";
import { registryProblems, withLines } from "./codeArtifactFile.ts";
import type { Edit } from "./support.ts";

type Case = readonly [title: string, lines: string, expected: readonly string[], edits?: readonly Edit[]];

const CASES: readonly Case[] = [
  [
    "fails on a group of the root pattern, which aws makes [CA-21]",
    "packageGroups: { /*: { publish: { mode: block } } }",
    [
      '18:28: ~.packageGroups["/*"]: expected a package group pattern of 2 to 520 characters, got "/*"; aws makes this one and it cannot be made again, write a narrower one',
    ],
  ],
  [
    "fails on a group of a format that there is none of, since aws refuses it half way [A.2 package group pattern]",
    "packageGroups: { /npmjs/acme/*: { publish: { mode: block } } }",
    [
      '18:28: ~.packageGroups["/npmjs/acme/*"]: expected a package group pattern of 2 to 520 characters, got "/npmjs/acme/*"; it begins with /<format>/, of npm, pypi, maven, nuget, generic, ruby, swift, cargo',
    ],
  ],
  [
    "fails on a scope with its @ wherever names are the customer's own, since it would hold for no package [CA-21]",
    "internalNamespaces: [npm/@acme]\n          packageGroups: { /npm/@acme/*: { publish: { mode: allow } } }\n          repositories: { internal: { publishers: [{ principalARN: arn:aws:iam::444455556666:role/ci, packages: [npm/@acme/*] }] } }\n          retention: { rules: [{ repository: internal, format: npm, namespacePrefix: '@acme' }] }",
    [
      "18:32: ~.internalNamespaces[0]: expected <format>/<namespace>, got npm/@acme; codeartifact keeps scopes without @, take it out",
      '19:28: ~.packageGroups["/npm/@acme/*"]: expected a package group pattern of 2 to 520 characters, got "/npm/@acme/*"; codeartifact keeps scopes without @, take it out',
      '20:114: ~.repositories.internal.publishers[0].packages[0]: expected <format>/<namespace>/<name> with * where any is meant, got "npm/@acme/*"; codeartifact keeps scopes without @, take it out',
      "21:86: ~.retention.rules[0].namespacePrefix: expected 1 to 255 characters without #, /, @ and spaces, got @acme; codeartifact keeps scopes without @, take it out",
    ],
  ],
  [
    "fails on calls logged without events [CA-52]",
    "monitoring: { events: false, auditAPICalls: true }",
    [
      "18:55: ~.monitoring.auditAPICalls: expected false without events, got true; calls go where events go, write events: true",
    ],
  ],
  [
    "fails on a trail for calls nobody logs [CA-52]",
    "monitoring: { trailBucket: acme-trail }",
    ["18:25: ~.monitoring.trailBucket: expected no trail without auditAPICalls, got one; write auditAPICalls: true"],
  ],
  [
    "fails on one domain name for production and the rest in two regions [CA-03]",
    "",
    [
      "19:101: ~.registries.others.codeArtifact.domain: expected a domain of its own, got that of packages, which is prod; name another domain",
    ],
    [
      [
        /$/,
        '      others:\n        codeArtifact: { accountID: "444455556666", region: us-east-2, environment: nonprod, domain: acme-prod }\n',
      ],
    ],
  ],
  [
    "fails on repositories that lead back to themselves, once for the cycle [A.2 quotas]",
    "repositories: { one: { upstreams: [two] }, two: { upstreams: [one] } }",
    [
      "18:45: ~.repositories.one.upstreams: expected upstreams that end in a store, got one → two → one; take one of them out",
    ],
  ],
  [
    "fails on an upstream that is not there",
    "repositories: { shared: { upstreams: [cargo-store] } }",
    [
      "18:49: ~.repositories.shared.upstreams[0]: expected npm-store, pypi-store or maven-central-store, got cargo-store; add the repository or correct the name",
    ],
  ],
  [
    "fails on an upstream named twice",
    "repositories: { shared: { upstreams: [npm-store, npm-store] } }",
    ["18:60: ~.repositories.shared.upstreams[1]: expected each upstream once, got npm-store again; remove one"],
  ],
  [
    "fails on a repository with a store's name [CA-06]",
    "repositories: { crates-io-store: {} }",
    [
      "18:27: ~.repositories.crates-io-store: expected a name of no store, got crates-io-store; it keeps what comes from a public source, add cargo to stores in its place",
    ],
  ],
  [
    "fails on a source named twice",
    "stores: [npm, npm]",
    ["18:25: ~.stores[1]: expected each source once, got npm again; remove one"],
  ],
  [
    "fails on a key's id in the place of its arn [CA-01]",
    "kms: { mode: existing, keyARN: alias/packages }",
    [
      "18:42: ~.kms.keyARN: expected the arn of a key, got alias/packages; neither an id nor an alias will do, arn:aws:kms:<region>:<account>:key/<id>",
    ],
  ],
  [
    "fails on an existing key without an arn [CA-01]",
    "kms: { mode: existing }",
    ["18:11: ~.kms.keyARN: expected a key's arn with existing, got nothing; add keyARN"],
  ],
  [
    "fails on a key of another region",
    "kms: { mode: existing, keyARN: arn:aws:kms:eu-west-1:444455556666:key/0a1b2c3d-0000-4000-8000-000000000001 }",
    [
      "18:42: ~.kms.keyARN: expected a key in us-east-1, got one in eu-west-1; a domain and its key share a region, name another key",
    ],
  ],
  [
    "fails on an arn with a key that is made here",
    "kms: { keyARN: arn:aws:kms:us-east-1:444455556666:key/0a1b2c3d-0000-4000-8000-000000000001 }",
    ["18:18: ~.kms.keyARN: expected no key with customer-managed, got one; remove it, or write mode: existing"],
  ],
  [
    "fails on a key that rotates more often than aws rotates any [CA-04]",
    "kms: { rotationDays: 89 }",
    ["18:32: ~.kms.rotationDays: expected days from 90 to 2560, got 89; choose one in these bounds"],
  ],
  [
    "fails on a deletion of a key that could not be taken back [CA-04]",
    "kms: { deletionWindowDays: 6 }",
    ["18:38: ~.kms.deletionWindowDays: expected days from 7 to 30, got 6; choose one in these bounds"],
  ],
  [
    "fails on a token that is refreshed after half its life [CA-45]",
    "consumer: { tokenTTLSeconds: 7200 }",
    [
      "18:11: ~.consumer.refreshMinutes: expected at most 60 minutes, half of a token's life, got 120; one missed run must not leave executors without a token, refresh more often",
    ],
  ],
  [
    "fails on a token of the session's hour refreshed every hour [CA-45]",
    "consumer: { tokenTTLSeconds: 0, refreshMinutes: 60 }",
    [
      "18:59: ~.consumer.refreshMinutes: expected at most 30 minutes, half of a token's life, got 60; one missed run must not leave executors without a token, refresh more often",
    ],
  ],
  [
    "fails on an interval that divides neither hour nor day",
    "consumer: { refreshMinutes: 45 }",
    [
      "18:39: ~.consumer.refreshMinutes: expected one of 5, 10, 15, 20, 30, 60, 120, 180, 240, 360 minutes, got 45; write 30",
    ],
  ],
  [
    "fails on a service account's id that yaml would cut [CA-42]",
    "consumer: { serviceAccountID: 104839201928374650192 }",
    [
      "18:41: ~.consumer.serviceAccountID: expected 20 to 22 digits, got 104839201928374650000, which yaml reads as a number; quote it, it is longer than a yaml number",
    ],
  ],
  [
    "fails on a service account's address in the place of its id [CA-42]",
    "consumer: { serviceAccountID: ci@acme.iam.gserviceaccount.com }",
    [
      "18:41: ~.consumer.serviceAccountID: expected 20 to 22 digits, got ci@acme.iam.gserviceaccount.com; write its unique id, gcloud iam service-accounts describe shows it",
    ],
  ],
  [
    "fails on a publisher of nothing [CA-14]",
    "repositories: { internal: { publishers: [{ principalARN: arn:aws:iam::444455556666:role/ci }] } }",
    [
      "18:52: ~.repositories.internal.publishers[0].packages: expected packages to publish, got none; name the packages, or add internalNamespaces",
    ],
  ],
  [
    "fails on a publisher of everything and something [CA-14]",
    "repositories: { internal: { publishers: [{ principalARN: arn:aws:iam::444455556666:role/ci, anyPackage: true, packages: [npm/acme/*] }] } }",
    [
      "18:121: ~.repositories.internal.publishers[0].packages: expected no packages with anyPackage, got 1; keep one of the two",
    ],
  ],
  [
    "fails on packages without a namespace's place [CA-14]",
    "repositories: { internal: { publishers: [{ principalARN: arn:aws:iam::444455556666:role/ci, packages: [pypi/acme] }] } }",
    [
      "18:114: ~.repositories.internal.publishers[0].packages[0]: expected <format>/<namespace>/<name> with * where any is meant, got pypi/acme; an empty namespace leaves two slashes, pypi//acme-*",
    ],
  ],
  [
    "fails on a group with a mode for repositories and none of them [CA-20]",
    "packageGroups: { /npm/acme/*: { publish: { mode: allow-specific-repositories } } }",
    [
      '18:43: ~.packageGroups["/npm/acme/*"].publish.repositories: expected at least one repository with allow-specific-repositories, got 0; name those meant',
    ],
  ],
  [
    "fails on a group with repositories its mode takes none of [CA-20]",
    "packageGroups: { /npm/acme/*: { publish: { mode: block, repositories: [internal] } } }",
    [
      '18:81: ~.packageGroups["/npm/acme/*"].publish.repositories: expected no repositories without allow-specific-repositories, got 1; remove them or change the mode',
    ],
  ],
  [
    "fails on a group of a repository that is not there [CA-20]",
    "packageGroups: { /npm/acme/*: { publish: { mode: allow-specific-repositories, repositories: [other] } } }",
    [
      '18:104: ~.packageGroups["/npm/acme/*"].publish.repositories[0]: expected npm-store, pypi-store, maven-central-store, shared or internal, got other; add the repository or correct the name',
    ],
  ],
  [
    "fails on versions disposed of in a store [CA-54]",
    "retention: { rules: [{ repository: npm-store, format: npm, action: dispose }] }",
    [
      "18:78: ~.retention.rules[0].action: expected archive or delete of a store, got dispose; a disposed version can never be taken in again, write delete",
    ],
  ],
  [
    "fails on retention of a repository that is not there [CA-54]",
    "retention: { rules: [{ repository: other, format: npm }] }",
    [
      "18:46: ~.retention.rules[0].repository: expected npm-store, pypi-store, maven-central-store, shared or internal, got other; add the repository or correct the name",
    ],
  ],
  [
    "fails on a reader who is everybody [CA-13]",
    'repositories: { shared: { readers: ["*"] } }',
    [
      '18:47: ~.repositories.shared.readers[0]: expected the arn of a role, user or account, got "*"; it looks like arn:aws:iam::111122223333:role/ci',
    ],
  ],
  [
    "fails on a registry in the account of our own connection",
    "",
    [
      "12:104: ~.privateCodeHost.aws.privateLinks[0].registry: expected a registry outside 444455556666 (aws.accountID), got packages in it; it belongs in an account of the customer's, correct one of the two",
    ],
    [
      [
        "    registries:",
        '    executorPrivateDNS: { proxyTag: 202311201628 }\n    privateCodeHost: { aws: { accountID: "444455556666", region: us-east-1, privateLinks: [{ registry: packages }] } }\n    registries:',
      ],
    ],
  ],
  [
    "fails on a registry in another region than the connection that leads to it",
    "",
    [
      "12:104: ~.privateCodeHost.aws.privateLinks[0].registry: expected a registry in eu-west-1 (aws.region), got packages in us-east-1; an endpoint and its service share a region, correct one of the two",
    ],
    [
      [
        "    registries:",
        '    executorPrivateDNS: { proxyTag: 202311201628 }\n    privateCodeHost: { aws: { accountID: "111122223333", region: eu-west-1, privateLinks: [{ registry: packages }] } }\n    registries:',
      ],
    ],
  ],
  [
    "fails on one domain for production and the rest [CA-03]",
    "",
    [
      "19:101: ~.registries.others.codeArtifact.domain: expected a domain of its own, got that of packages, which is prod; name another domain",
    ],
    [
      [
        /$/,
        '      others:\n        codeArtifact: { accountID: "444455556666", region: us-east-1, environment: nonprod, domain: acme-prod }\n',
      ],
    ],
  ],
];

describe("what the fields of a codeartifact registry decide together", () => {
  for (const [title, lines, expected, edits] of CASES) {
    it(title, () => {
      expect(registryProblems(withLines(lines, edits))).toEqual(expected);
    });
  }
});
