// Doctor without an executor: what it expects of a customer file, what its script is told, and how it reads findings. That
// the findings are what a broken network gives is seen in tests/dataplane/doctor.test.ts.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { doctor, wordsOf, type DoctorOptions } from "../../cli/commands/doctor.ts";
import { Exit } from "../../cli/exit.ts";
import { Terminal } from "../../cli/terminal.ts";
import {
  describeDiagnosis,
  diagnose,
  expectationOf,
  parseFacts,
  ProbeError,
  renderProbe,
  type Link,
  type Target,
} from "../../doctor/index.ts";
import { registryLink } from "../../doctor/links/registry.ts";
import { pingPath } from "../../doctor/probe.ts";
import { memberAt } from "../../fleet/selection.ts";
import { renderDnsProxy, serialiseDnsProxy } from "../../plan/dnsProxy.ts";
import { planCustomer } from "../../plan/plan.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { customer, everyKind, link, PSC_DOMAIN } from "../support/customers.ts";
import { ROOT } from "../support/project.ts";

const ENDPOINT = "vpce-0a-b.vpce-svc-a1.us-east-1.vpce.amazonaws.com";
const target = (key: string, outputs = {}): Target =>
  expectationOf(everyKind(), {}, outputs).targets.find((one) => one.key === key)!;

const line = (fact: string, more: object = {}, out = "", err = ""): string =>
  JSON.stringify({
    view: "executor",
    ...{ fact, target: "", address: "", status: 0 },
    ...more,
    ...{ out: Buffer.from(out).toString("base64"), err: Buffer.from(err).toString("base64") },
  });

describe("what is expected", () => {
  it("of a private link are the zones of the plan, and the endpoint's name once there are outputs", () => {
    expect(target("artifactory")).toEqual({
      key: "artifactory",
      name: "artifactory.acme.example",
      port: 443,
      path: "privateLink",
      resolver: "169.254.169.254",
      resolverSide: "ours",
      within: ["10.127.0.0/27", "10.127.0.96/27"],
      serverSide: "customer",
      privateCA: true,
      ping: { kind: "https", base: "/" },
    });
    const outputs = { endpoints: { [link("a1").key]: { dnsName: ENDPOINT } } };
    expect(target("artifactory", outputs).destination).toBe(ENDPOINT);
  });

  it("of a public registry is any public address, asked for at the customer's own resolver", () => {
    const { path, destination, resolver, resolverSide, within } = target("maven");
    expect([path, destination, resolver, resolverSide, within]).toEqual([
      ...["public", "maven.edge.acme.example", "198.51.100.53", "customer", []],
    ]);
  });

  it("of a registry whose format the file tells is what its clients ask for", () => {
    const ping = (format: "npm" | "pypi" | "maven" | "docker"): readonly string[] => {
      const registries = [{ ...everyKind().registries[1]!, origin: { kind: "existing", format } as const }];
      const [only] = expectationOf(everyKind({ registries })).targets;
      return [only!.ping.kind, pingPath(only!.ping)];
    };
    expect((["npm", "pypi", "maven", "docker"] as const).map(ping)).toEqual([
      ["npm", "/-/ping"],
      ["pypi", "/simple/"],
      ["maven", "/"],
      ["docker", "/v2/"],
    ]);
    const pings = { artifactory: { kind: "pypi", base: "/api/" } } as const;
    const registries = [{ ...everyKind().registries[0]!, origin: { kind: "existing", format: "npm" } as const }];
    expect(expectationOf(everyKind({ registries }), pings).targets[0]!.ping).toEqual(pings.artifactory);
  });

  it("of Private Service Connect is the address in the outputs, else the subnet it is taken from", () => {
    const registries = [{ ...everyKind().registries[1]!, key: "packages", dnsName: PSC_DOMAIN }];
    const within = (outputs: object): readonly string[] =>
      expectationOf(everyKind({ registries }), {}, outputs).targets[0]!.within;
    expect(within({})).toEqual(["10.10.0.0/24"]);
    expect(within({ endpoints: { [PSC_DOMAIN]: { address: "10.10.0.7" } } })).toEqual(["10.10.0.7/32"]);
  });

  it("is nothing where a customer has neither routes nor registries", () => {
    expect(expectationOf(customer())).toEqual({ customer: "acme", configured: false, proxied: false, targets: [] });
  });
});

describe("what a registry is asked unless somebody says", () => {
  const { customer: made } = loadCustomer(join(ROOT, "stacks/customers/both-ends.yaml"));
  const asked = (key: string): string => {
    const { name, ping } = expectationOf(made).targets.find((one) => one.key === key)!;
    return `${name} ${ping.kind} ${pingPath(ping)}`;
  };
  const REPLY = (status: number, ...headers: readonly string[]): string =>
    [`HTTP/1.1 ${status} said`, ...headers, "", "{}"].join("\r\n");
  const answered = (key: string, reply: string): ReturnType<typeof registryLink> => {
    const found = expectationOf(made).targets.find((one) => one.key === key)!;
    const facts = parseFacts(`${line("ping", { target: key, address: "10.0.0.1" }, reply)}\n${line("end")}`);
    return registryLink(facts, "executor", found);
  };
  const [ARTIFACT] = made.registries.filter(({ origin }) => origin.kind === "codeArtifact").map(({ key }) => key);

  it("is a repository of CodeArtifact in a format of its stores, its API, and a container's health path", () => {
    expect(asked(ARTIFACT!)).toMatch(
      /^both-ends-prod-666677778888\.d\.codeartifact\.us-east-1\.amazonaws\.com npm \/npm\//,
    );
    expect(asked(`${ARTIFACT!} api`)).toBe("codeartifact.us-east-1.amazonaws.com aws /");
    expect(asked("npm")).toBe("npm.both-ends.example https /-/ping");
    expect(asked("pypi")).toBe("pypi.both-ends.example https /");
  });

  it("says ok to a repository that wants a token, and to an API that wants a signature", () => {
    expect(answered(ARTIFACT!, REPLY(401, 'WWW-Authenticate: Bearer realm="both-ends-prod/main"')).ok).toBe(true);
    expect(answered(`${ARTIFACT!} api`, REPLY(403, "x-amzn-RequestId: 1f0c")).ok).toBe(true);
  });

  it("fails where something else than AWS answers, or AWS fails", () => {
    expect(answered(`${ARTIFACT!} api`, REPLY(403))).toMatchObject({ ok: false, got: "403 from something else" });
    expect(answered(`${ARTIFACT!} api`, REPLY(503, "x-amzn-RequestId: 1f0c"))).toMatchObject({
      ...{ ok: false, got: "503: the registry or its load balancer fails" },
    });
  });
});

describe("the path a registry is asked at", () => {
  it.each([
    ["https", "/", "/"],
    ["npm", "/", "/-/ping"],
    ["npm", "/artifactory/api/npm/all/", "/artifactory/api/npm/all/-/ping"],
    ["pypi", "/", "/simple/"],
    ["pypi", "/api/pypi/all/simple/", "/api/pypi/all/simple/"],
    ["maven", "/libs/org/acme/maven-metadata.xml", "/libs/org/acme/maven-metadata.xml"],
    ["docker", "/", "/v2/"],
  ] as const)("of kind %s below %s is %s", (kind, base, path) => {
    expect(pingPath({ kind, base })).toBe(path);
  });
});

describe("the script that looks", () => {
  it("is one that Bash reads, and quotes what the file says", () => {
    const [one] = expectationOf(everyKind()).targets;
    const expectation = { ...expectationOf(everyKind()), targets: [{ ...one!, key: "it's $(here)" }] };
    const script = renderProbe(expectation, { guest: true });
    expect(spawnSync("bash", ["-n"], { input: script, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    expect(script).toContain(
      String.raw`way 'it'\''s $(here)' '10.61.0.1' 'artifactory.acme.example' '443' '/' '/var/lib/causeway/current/caBundle'`,
    );
  });

  it("looks from a guest's place only when it is told to", () => {
    const expectation = expectationOf(everyKind());
    expect(renderProbe(expectation, { guest: false })).not.toContain("\nview=guest");
    expect(renderProbe(expectation, { guest: true })).toContain("\nview=guest\nif become_guest; then\n");
  });
});

describe("findings", () => {
  it("are read past the lines of others", () => {
    const facts = parseFacts(`Welcome!\n${line("time", {}, "1795000000\n")}\n{"view":"\n${line("end")}\n`);
    expect(facts.one("executor", "time")).toEqual({
      ...{ view: "executor", fact: "time", target: "", address: "", status: 0, out: "1795000000\n", err: "" },
    });
    expect(facts.views).toEqual(["executor"]);
  });

  it("fails where the script did not run to its end", () => {
    expect(() => parseFacts(line("time"))).toThrow(
      new ProbeError("expected the findings of a whole probe, got 1 of its lines and no end"),
    );
  });

  it("fails where there was no place for a guest, and says why", () => {
    const guest = line("guest", { view: "guest", status: 1 }, "", "no interface has the address 10.61.0.1\n");
    expect(() => diagnose(expectationOf(everyKind()), parseFacts(`${guest}\n${line("end")}`))).toThrow(
      "expected a place for a guest on the executors' bridge, got no interface has the address 10.61.0.1; run the probe as root",
    );
  });

  it("fails as one line a link, with what was expected and got, whose it is, and what to do next", () => {
    const silent = { target: "maven", status: 1 };
    const facts = parseFacts(
      [
        line("metadata", { status: 22 }, "", "curl: (22) The requested URL returned error: 404\n"),
        line("dns", silent, "", "dd: error reading 'standard input': Connection refused\n"),
        line("end"),
      ].join("\n"),
    );
    const expectation = expectationOf(everyKind());
    const targets = expectation.targets.filter(({ key }) => key === "maven");
    expect(describeDiagnosis(diagnose({ ...expectation, targets }, facts))).toBe(`\
BROKEN  configuration  expected the metadata server to give causeway-dns-proxy, got no such key; ours to put right; next: causeway up acme

maven: from the executor to maven.dc.acme.example:443
BROKEN  dns            expected an answer for maven.dc.acme.example from dns-proxy at 127.0.0.1, got nothing listens there; ours to put right; next: sudo journalctl --unit 'dns-proxy*' --lines 20 on the executor, then sudo systemctl restart 'dns-proxy*'

acme: configuration, maven from the executor broken
`);
  });
});

describe("the configuration of an executor", () => {
  const artefact = renderDnsProxy(planCustomer(everyKind()).dnsProxy!, {
    endpointNames: { [link("a1").key]: ENDPOINT },
    pscAddresses: { [PSC_DOMAIN]: "10.10.0.7" },
    blobHosts: {},
  });
  const short = artefact.hash.slice(0, 12);
  const whole = {
    metadata: serialiseDnsProxy(artefact),
    "installed-hash": artefact.hash,
    "installed-corefile": artefact.corefile,
    "installed-guestRules": artefact.guestRules,
    "installed-caBundle": artefact.caBundle,
  };
  const found = (changes: Readonly<Record<string, string>> = {}, hash?: string): Link => {
    const lines = Object.entries({ ...whole, ...changes }).map(([fact, out]) => line(fact, {}, out));
    const expectation = expectationOf(everyKind(), {}, hash === undefined ? {} : { dnsProxy: { hash } });
    return diagnose({ ...expectation, targets: [] }, parseFacts([...lines, line("end")].join("\n"))).configuration;
  };
  const got = (one: Link): string => one.got;

  it("holds where metadata, disk and the stack's outputs agree, and says when there were no outputs", () => {
    expect(found({}, artefact.hash)).toEqual({
      ...{ link: "configuration", ok: true, got: `${short} is in the metadata and installed` },
    });
    expect(got(found())).toBe(
      `${short} is in the metadata and installed, not compared with the stack: give its outputs with --outputs`,
    );
  });

  it("fails where the stack's last update left something else", () => {
    expect(found({}, "ab".repeat(32))).toMatchObject({
      ok: false,
      expected: "the metadata to hold abababababab, which the stack's last update left",
      got: short,
      next: "causeway up acme",
    });
  });

  it("fails with what the agent says where it installed nothing new", () => {
    const status = JSON.stringify({ hash: "cd".repeat(32), state: "the rules could not be put in place" });
    expect(got(found({ "installed-hash": "cd".repeat(32), status }))).toBe(
      "cdcdcdcdcdcd: the rules could not be put in place",
    );
  });

  it.each(["installed-corefile", "installed-guestRules", "installed-caBundle"])("fails where %s differs", (file) => {
    expect(found({ [file]: "something else" })).toMatchObject({ ok: false, got: "another text" });
  });
});

describe("a command line in one option", () => {
  it.each([
    ["gcloud compute ssh vm -- sudo", ["gcloud", "compute", "ssh", "vm", "--", "sudo"]],
    [`sh -c 'a && exec "$@"' sh`, ["sh", "-c", 'a && exec "$@"', "sh"]],
    [`ssh -o"User Known=a b" x`, ["ssh", "-oUser Known=a b", "x"]],
    ["", []],
  ])("is the words of %s", (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });
});

describe("the verb", () => {
  const ACME = join(ROOT, "stacks/customers/acme.yaml");
  const refusal = async (options: DoctorOptions, file = ACME): Promise<readonly [number, string]> => {
    try {
      return [await doctor(new Terminal({ json: false }), memberAt(file), options), ""];
    } catch (error) {
      if (error instanceof Exit) return [error.code, error.message];
      throw error;
    }
  };
  const FORM =
    "--ping: expected <registry>=<kind> or <registry>=<kind>/<path>/ with the registries artifactory, maven and the " +
    "kinds https, npm, pypi, maven, docker, got ";

  it.each<[DoctorOptions, number, string]>([
    [{ ping: ["nobody=npm"] }, 2, `${FORM}nobody=npm`],
    [{ ping: ["artifactory=rpm"] }, 2, `${FORM}artifactory=rpm`],
    [{ ping: ["artifactory=npm/a path"] }, 2, `${FORM}artifactory=npm/a path`],
    [{ outputs: "gone.json" }, 2, "expected a file that can be read, got gone.json"],
    [{ outputs: ACME }, 2, `--outputs: expected what causeway outputs <customer> --json prints, got ${ACME}`],
    [{ via: "causeway-nowhere" }, 2, "--via: expected a command that can be run, got causeway-nowhere"],
    [
      { via: "sh -c 'echo no way >&2; exit 3'" },
      1,
      "expected the findings of a whole probe, got 0 of its lines and no end: no way",
    ],
    [
      // what a login shell would read first is not the probe's
      { via: "sh -c 'echo $0 $* >&2; exit 3'" },
      1,
      "expected the findings of a whole probe, got 0 of its lines and no end: bash --norc -s",
    ],
    [{ findings: ACME }, 1, "expected the findings of a whole probe, got 0 of its lines and no end"],
  ])("fails with %j and says why", async (options, code, message) => {
    expect(await refusal(options)).toEqual([code, message]);
  });

  it("fails for a customer without registries", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "causeway-doctor-")), "none.yaml");
    const text = readFileSync(ACME, "utf8");
    writeFileSync(file, text.replace(/^ {4}registries:[\s\S]*?(?=^ {4}\w)/m, ""));
    const [code, message] = await refusal({}, file);
    rmSync(dirname(file), { recursive: true });
    expect([code, message.replace(/in \S+,/, "in FILE,")]).toEqual([
      ...[2, "expected registries in FILE, got none; add spec.infrastructure.registries"],
    ]);
  });
});
