/**
 * A CodeArtifact registry in a customer file: every name and limit of the service.
 * Texts only: what an account would refuse (a quota, a role that is not there) is for preflight to find.
 * `~` in a message stands for the registry's block.
 */
import { describe, expect, it } from "vitest";
import { registryProblems, withLines } from "./codeArtifactFile.ts";
import type { Edit } from "./support.ts";

/** What is repeated, joined as in a list or a block. */
const many = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(", ");

type Case = readonly [title: string, lines: string, expected: readonly string[], edits?: readonly Edit[]];

const CASES: readonly Case[] = [
  [
    "fails on a domain with an underscore [A.2 domain]",
    "",
    ["17:19: ~.domain: expected 2 to 50 of a-z, 0-9 and -, a letter first, no - last, got acme_prod; respell it"],
    [["domain: acme-prod", "domain: acme_prod"]],
  ],
  [
    "fails on a domain of one character [A.2 domain]",
    "",
    ["17:19: ~.domain: expected 2 to 50 of a-z, 0-9 and -, a letter first, no - last, got a; respell it"],
    [["domain: acme-prod", "domain: a"]],
  ],
  [
    "fails on a domain of 51 characters, so that its label with the owner keeps within 63 [A.2 domain + owner as DNS label]",
    "",
    [
      `17:19: ~.domain: expected 2 to 50 of a-z, 0-9 and -, a letter first, no - last, got ${"a".repeat(51)}; respell it`,
    ],
    [["domain: acme-prod", "domain: " + "a".repeat(51)]],
  ],
  [
    "fails on a domain name nobody filled in, since everybody can look it up [A.2 domain secrecy]",
    "",
    [
      '17:19: ~.domain: expected 2 to 50 of a-z, 0-9 and -, a letter first, no - last, got "<org>-prod"; a placeholder is left, put in the domain\'s name',
    ],
    [["domain: acme-prod", 'domain: "<org>-prod"']],
  ],
  [
    "fails on a repository's name that begins with a dot [A.2 repository]",
    "repositories: { .npm: {} }",
    [
      '18:27: ~.repositories[".npm"]: expected 2 to 100 of letters, digits, ., _ and -, a letter or digit first, got .npm; respell it',
    ],
  ],
  [
    "fails on a repository's name of one character [A.2 repository]",
    "repositories: { a: {} }",
    [
      "18:27: ~.repositories.a: expected 2 to 100 of letters, digits, ., _ and -, a letter or digit first, got a; respell it",
    ],
  ],
  [
    "fails on a description over two lines [A.2 repo description]",
    'repositories: { shared: { description: "a\\nb" } }',
    [
      '18:50: ~.repositories.shared.description: expected at most 1000 characters without control characters, got "a\\nb"; shorten it, on one line',
    ],
  ],
  [
    "fails on a description of 1001 characters [A.2 repo description]",
    `repositories: { shared: { description: ${"a".repeat(1001)} } }`,
    [
      `18:50: ~.repositories.shared.description: expected at most 1000 characters without control characters, got "${"a".repeat(260)}…"; shorten it, on one line`,
    ],
  ],
  [
    "fails on a public source without a connection [A.2 external connection]",
    "stores: [npm, swift]",
    [
      "18:25: ~.stores[1]: expected npm, pypi, maven-central, google-android, gradle-plugins, commonsware, clojars, nuget, ruby or cargo, got swift; write one of these",
    ],
  ],
  [
    "fails on an account id with a digit too few [A.2 account id]",
    "",
    [
      "14:22: ~.accountID: expected twelve digits, got 44445555666 (eleven); a spreadsheet may have cut a leading zero, ask for the id again",
    ],
    [['"444455556666"', '"44445555666"']],
  ],
  [
    "fails on a pattern that ends in nothing [A.2 package group pattern]",
    "packageGroups: { /npm/acme: { publish: { mode: block } } }",
    [
      '18:28: ~.packageGroups["/npm/acme"]: expected a package group pattern of 2 to 520 characters, got /npm/acme; it begins with / and ends with $, ~ or *, without spaces',
    ],
  ],
  [
    "fails on a pattern of 521 characters [A.2 package group pattern]",
    `packageGroups: { ? /${"a".repeat(519)}* : { publish: { mode: block } } }`,
    [
      `18:30: ~.packageGroups["/${"a".repeat(79)}…"]: expected a package group pattern of 2 to 520 characters, got "/${"a".repeat(259)}…"; it begins with / and ends with $, ~ or *, without spaces`,
    ],
  ],
  [
    "fails on a namespace with a slash in it [A.2 package / version / namespace]",
    "internalNamespaces: [npm/acme/tools]",
    [
      "18:32: ~.internalNamespaces[0]: expected <format>/<namespace>, got npm/acme/tools; of pypi, nuget, ruby and cargo write the prefix of your names, pypi/acme",
    ],
  ],
  [
    "fails on a namespace of 256 characters [A.2 package / version / namespace]",
    `internalNamespaces: [npm/${"a".repeat(256)}]`,
    [
      `18:32: ~.internalNamespaces[0]: expected <format>/<namespace>, got npm/${"a".repeat(256)}; of pypi, nuget, ruby and cargo write the prefix of your names, pypi/acme`,
    ],
  ],
  [
    "fails on a tag's key of 129 characters [A.2 tag key / value]",
    `tags: { ${"k".repeat(129)}: x }`,
    [
      `18:19: ~.tags.${"k".repeat(129)}: expected at most 128 characters without control characters, got ${"k".repeat(129)}; shorten it, on one line`,
    ],
  ],
  [
    "fails on a tag's key that aws keeps [A.2 tag key / value]",
    `tags: { "aws:x": x }`,
    [
      '18:19: ~.tags["aws:x"]: expected 1 to 128 characters that do not begin with aws:, got another key; aws keeps that prefix',
    ],
  ],
  [
    "fails on a tag's value of 257 characters [A.2 tag key / value]",
    `tags: { k: ${"v".repeat(257)} }`,
    [
      `18:22: ~.tags.k: expected at most 256 characters without control characters, got ${"v".repeat(257)}; shorten it, on one line`,
    ],
  ],
  [
    "fails on a token of ten minutes [A.2 token duration, CA-40]",
    "consumer: { tokenTTLSeconds: 600, refreshMinutes: 5 }",
    ["18:40: ~.consumer.tokenTTLSeconds: expected 0 or seconds from 900 to 43200, got 600; choose one in these bounds"],
  ],
  [
    "fails on a token of more than twelve hours [A.2 token duration]",
    "consumer: { tokenTTLSeconds: 43201 }",
    [
      "18:40: ~.consumer.tokenTTLSeconds: expected 0 or seconds from 900 to 43200, got 43201; choose one in these bounds; 0 ties the token to the role's session of an hour",
    ],
  ],
  [
    "fails on a region without codeartifact [A.2 Regions]",
    "",
    ["15:19: ~.region: expected a region with codeartifact, got sa-east-1; write us-east-1"],
    [["region: us-east-1\n          env", "region: sa-east-1\n          env"]],
  ],
  [
    "fails on a policy over 7168 characters, counted as aws does [A.2 policy document]",
    `repositories: { shared: { readers: [${many(99, (i) => `"arn:aws:iam::777788889999:role/${"r".repeat(50)}${i}"`)}] } }`,
    [
      "18:27: ~.repositories.shared: expected a policy of at most 7168 characters, got 8953; name accounts or an organization in place of many roles, or fewer packages",
    ],
  ],
  [
    "fails on an endpoint policy over 20,480 characters, and on what a role's may hold [A.2 VPCE policy]",
    `repositories: { ${many(99, (i) => `${"r".repeat(96)}-${100 + i}: {}`)} }`,
    [
      "18:11: ~.repositories: expected a role's policy of at most 10240 characters, got 21077; make fewer repositories, or some of them in another registry",
      "18:11: ~.repositories: expected an endpoint policy of at most 20480 characters, got 21309; make fewer repositories, or some of them in another registry",
    ],
    [["domain: acme-prod", "domain: a" + "-prod".repeat(9)]],
  ],
  [
    "fails on eleven upstreams [A.2 quotas]",
    `repositories: { top: { upstreams: [${many(11, (i) => `r${i}`)}] }, ${many(11, (i) => `r${i}: {}`)} }`,
    ["18:45: ~.repositories.top.upstreams: expected at most 10 upstreams, got 11; put a repository between them"],
  ],
  [
    "fails on a chain of more than 25 [A.2 quotas]",
    `repositories: { r0: {}, ${many(25, (i) => `r${i + 1}: { upstreams: [r${i}] }`)} }`,
    [
      "18:628: ~.repositories.r23.upstreams: expected at most 25 repositories behind one, got 26; a request searches no more, shorten the chain",
      "18:655: ~.repositories.r24.upstreams: expected at most 25 repositories behind one, got 27; a request searches no more, shorten the chain",
      "18:682: ~.repositories.r25.upstreams: expected at most 25 repositories behind one, got 28; a request searches no more, shorten the chain",
    ],
  ],
];

describe("names and limits of a codeartifact registry", () => {
  for (const [title, lines, expected, edits] of CASES) {
    it(title, () => {
      expect(registryProblems(withLines(lines, edits))).toEqual(expected);
    });
  }
});
