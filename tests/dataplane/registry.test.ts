// A job's own client at a real registry: npm in the guest, and Verdaccio behind Debian's nginx at the private endpoint.
// What this cannot show: the customer's registry, and how it is set up behind their load balancer.
import { afterAll, beforeAll, expect, it } from "vitest";
import { must, type Ended } from "./support/hosts.ts";
import { ending, Installed, NAMES } from "./support/doctor.ts";
import { dataplane, openTopology, PRIVATE_NAME, type HostName, type Topology } from "./support/topology.ts";

const BEHIND = "127.0.0.1:4873";
const CONFIG = `storage: /run/verdaccio/storage
packages: { '**': { access: $all, publish: $all } }
uplinks: {}
log: { type: stdout, level: error }
`;
/** Where Debian keeps the authorities that a machine trusts. */
const TRUSTED = "/etc/ssl/certs/ca-certificates.crt";

dataplane("a package of the customer's registry", () => {
  let net: Topology;
  let installed: Installed;
  beforeAll(async () => {
    net = await openTopology();
    installed = new Installed(net);
    const { endpoint } = net.hosts;
    endpoint.write("/run/verdaccio/config.yaml", CONFIG);
    const verdaccio = must("scripts/tools.sh", ["verdaccio"]).trim();
    endpoint.spawn([process.execPath, verdaccio, "--config", "/run/verdaccio/config.yaml", "--listen", BEHIND]);
    await net.setRegistry({ ...net.certificates.issue(NAMES), replies: {}, behind: BEHIND });
    const up = `for i in $(seq 200); do curl -sf -o /dev/null http://${BEHIND}/-/ping && exit; sleep 0.1; done; exit 1`;
    await endpoint.must(["sh", "-c", up], { timeout: 30_000 });
    endpoint.write("/run/probe/package.json", JSON.stringify({ name: "causeway-probe", version: "1.2.3" }));
    const published = await npm("endpoint", "/run/probe", `http://${BEHIND}/`, "publish", "--tag", "latest");
    if (published.status !== 0) throw new Error(published.stderr);
  }, 120_000);
  afterAll(() => net.close());

  const npm = (host: HostName, folder: string, registry: string, ...words: string[]): Promise<Ended> => {
    const settings = [`registry=${registry}`, `//${registry.split("//")[1]}:_authToken=probe`, `cafile=${TRUSTED}`];
    const quick = ["audit=false", "fund=false", "update-notifier=false", "fetch-retries=0", "fetch-timeout=4000"];
    net.hosts[host].write(`${folder}/.npmrc`, [...settings, ...quick, "cache=/run/npm", ""].join("\n"));
    // the npm that runs the tests hands its own settings on, the cache among them, and they would decide over these
    const alone = `unset $(env | sed -n 's/^\\(npm_[A-Za-z0-9_]*\\)=.*/\\1/p')`;
    return net.exec(host, ["sh", "-c", `${alone}; cd ${folder} && exec npm "$@"`, "sh", ...words], { timeout: 60_000 });
  };
  const install = async (): Promise<Ended> => {
    net.hosts.guest.write("/run/job/package.json", JSON.stringify({ name: "job", version: "1.0.0", private: true }));
    return npm("guest", "/run/job", `https://${PRIVATE_NAME}/`, "install", "causeway-probe@1.2.3");
  };

  it("fails to reach a guest without the rules and the route", async () => {
    const { status, stderr } = await install();
    expect([status, /EAI_AGAIN|ENOTFOUND|ETIMEDOUT|request to .* failed/.test(stderr)]).toEqual([1, true]);
    expect(net.hosts.guest.exists("/run/job/node_modules/causeway-probe")).toBe(false);
  }, 90_000);

  it("is installed by a guest under the private name, by TLS that it trusts, once the agent has run", async () => {
    await installed.install();
    await net.hosts.guest.must(["sh"], { input: net.hosts.executor.read("/var/lib/causeway/current/guestStartup") });
    expect(await install()).toMatchObject({ status: 0 });
    const manifest = net.hosts.guest.read("/run/job/node_modules/causeway-probe/package.json");
    expect((JSON.parse(manifest) as { version: string }).version).toBe("1.2.3");
  }, 90_000);

  it("comes from what doctor says is an npm registry, from the executor and from a guest", async () => {
    const diagnosis = await installed.diagnose({ pings: [{ kind: "npm", base: "/" }], guest: true });
    expect([ending(diagnosis, "executor", "/"), ending(diagnosis, "guest", "/")]).toEqual(["ok", "ok"]);
    const other = await installed.diagnose({ pings: [{ kind: "docker", base: "/" }] });
    expect(ending(other, "executor", "/")).toBe("registry customer: 404");
  });

  it("fails to reach a guest where nginx has nothing behind it, and doctor says whose it is", async () => {
    await net.setRegistry({ behind: "127.0.0.1:4874" });
    const diagnosis = await installed.diagnose({ pings: [{ kind: "npm", base: "/" }] });
    expect(ending(diagnosis, "executor", "/")).toBe("registry customer: 502: the registry or its load balancer fails");
  });
});
