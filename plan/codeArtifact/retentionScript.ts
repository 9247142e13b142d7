/**
 * Retention, an ECMAScript module for AWS Lambda's Node runtime, whose SDK it uses. CodeArtifact has no lifecycle rules of
 * its own: this lists the versions of each rule's packages, decides, and writes what it did (or, dry, would do) to its log.
 *
 * `decide` is pure. A text, because it runs elsewhere than this program: deployed, and tested, byte for byte as it stands
 * here. Source: CodeArtifact API Reference, ListPackages, ListPackageVersions, UpdatePackageVersionsStatus,
 * DisposePackageVersions, DeletePackageVersions (100 versions each).
 */
export const RETENTION_SCRIPT = String.raw`
const DAY = 24 * 60 * 60 * 1000;

/** Versions a rule gives up: of those not yet there, all but the newest, where they are old enough. */
export function decide({ keepLatest, maxAgeDays, action }, versions, now) {
  const done = { archive: ["Archived", "Disposed"], dispose: ["Disposed"], delete: [] }[action];
  return versions
    .toSorted((a, b) => b.publishedTime - a.publishedTime || (a.version < b.version ? 1 : -1))
    .slice(keepLatest)
    .filter(({ status, publishedTime }) => !done.includes(status) && now - publishedTime > maxAgeDays * DAY)
    .map(({ version }) => version);
}

export const inHundreds = (versions) =>
  Array.from({ length: Math.ceil(versions.length / 100) }, (_, index) => versions.slice(index * 100, index * 100 + 100));

/** What a run does, with somebody who calls CodeArtifact: "call" takes an operation's name and its input. */
export async function run({ domain, domainOwner, dryRun, rules }, call, now, log) {
  const owner = { domain, domainOwner };
  const pages = async (operation, input, member) => {
    const all = [];
    let nextToken;
    do {
      const page = await call(operation, { ...input, ...(nextToken === undefined ? {} : { nextToken }) });
      all.push(...(page[member] ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return all;
  };
  for (const rule of rules) {
    const { repository, format, namespacePrefix = "", action } = rule;
    const packages = await pages("ListPackages", { ...owner, repository, format }, "packages");
    for (const one of packages) {
      if (!(one.namespace ?? one.package).startsWith(namespacePrefix)) continue;
      const named = { ...owner, repository, format, package: one.package };
      const input = one.namespace === undefined ? named : { ...named, namespace: one.namespace };
      const listed = await pages("ListPackageVersions", input, "versions");
      const versions = [];
      for (const { version, status } of listed) {
        const { packageVersion } = await call("DescribePackageVersion", { ...input, packageVersion: version });
        versions.push({ version, status, publishedTime: Number(packageVersion.publishedTime) });
      }
      const chosen = decide(rule, versions, now);
      if (chosen.length === 0) continue;
      log({ dryRun, action, repository, format, namespace: one.namespace, package: one.package, versions: chosen });
      if (dryRun) continue;
      for (const some of inHundreds(chosen)) {
        const batch = { ...input, versions: some };
        const { failedVersions = {} } =
          action === "archive"
            ? await call("UpdatePackageVersionsStatus", { ...batch, targetStatus: "Archived" })
            : await call(action === "dispose" ? "DisposePackageVersions" : "DeletePackageVersions", batch);
        if (Object.keys(failedVersions).length > 0) log({ failed: failedVersions, package: one.package });
      }
    }
  }
}

export async function handler() {
  const sdk = await import("@aws-sdk/client-codeartifact");
  const client = new sdk.CodeartifactClient({});
  const call = (operation, input) => client.send(new sdk[operation + "Command"](input));
  const log = (line) => console.log(JSON.stringify(line));
  await run(JSON.parse(process.env.RETENTION), call, Date.now(), log);
}
`.trimStart();
