/**
 * The agent on an executor whose image carries no CoreDNS: dns-proxy in a container, by the words of its unit. A stand-in for
 * Docker gives the container what the words give it and no more; that Docker itself takes the words is not shown here.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { DnsProxyArtefact, DnsProxyPlan } from "../../plan/dnsProxy.ts";
import { artefactFor, inForce, installImage, publish, REPOSITORY, runAgent } from "./support/executor.ts";
import type { Host } from "./support/hosts.ts";
import { ADDRESS, dataplane, openTopology, PRIVATE_NAME, type Topology } from "./support/topology.ts";

const [FIRST, SECOND] = ["202311201628", "202402011200"];

dataplane("the agent with dns-proxy in a container", () => {
  let net: Topology;
  let executor: Host;
  const of = (proxyTag: string, change: (plan: DnsProxyPlan) => Partial<DnsProxyPlan> = () => ({})): DnsProxyArtefact =>
    artefactFor(net, { plan: (plan) => ({ ...plan, proxyTag, ...change(plan) }) });
  const more = of.bind(undefined, FIRST, ({ routes }) => ({
    routes: [...routes, { source: "more.acme.example", target: { kind: "name", destination: "www.example" } }],
  }));
  const has = (...tags: string[]): void =>
    executor.write("/run/docker/registry", tags.map((tag) => `${REPOSITORY}:${tag}\n`).join(""));
  const asked = async (name: string): Promise<string[]> => {
    const { stdout } = await net.exec("guest", ["dig", "+short", "+time=2", `@${ADDRESS.bridge}`, name]);
    return stdout.trim().split("\n").sort();
  };
  const REGISTRY = [ADDRESS.endpoint, ADDRESS.secondZone];
  const log = (): string[] => executor.read("/run/docker/log").trim().split("\n");
  const process = (): string => executor.read("/run/docker/dns-proxy.pid");

  beforeAll(async () => {
    net = await openTopology();
    ({ executor } = net.hosts);
    installImage(executor, "container");
    has(FIRST);
  });
  afterAll(() => net.close());

  it("fails on a tag that the repository does not have, and leaves nothing behind", async () => {
    publish(net, of("202001010000"));
    const { status, stderr } = await runAgent(executor);
    expect([status, stderr]).toEqual([1, expect.stringContaining("docker ended with 125")]);
    expect(await inForce(executor)).toBe("nothing");
  });

  it("answers guests, as root with no capability but the port's, from a file that it cannot write", async () => {
    publish(net, of(FIRST));
    expect(await runAgent(executor)).toMatchObject({ status: 0, stderr: "" });
    expect(await inForce(executor)).toBe(of(FIRST).hash);
    expect(await asked(PRIVATE_NAME)).toEqual(REGISTRY);
    const status = await executor.must(["cat", `/proc/${process()}/status`]);
    expect(/^CapEff:\s+(\S+)$/m.exec(status)?.[1]).toBe("0000000000000400");
    expect(/^NoNewPrivs:\s+(\d)$/m.exec(status)?.[1]).toBe("1");
    expect(log()).toEqual([
      ...[`pull ${REPOSITORY}:${FIRST}`, `run dns-proxy-trial ${REPOSITORY}:${FIRST}`, "rm dns-proxy-trial"],
      `run dns-proxy ${REPOSITORY}:${FIRST}`,
    ]);
  });

  it("takes a new route in the same container", async () => {
    const before = process();
    publish(net, more());
    expect(await runAgent(executor)).toMatchObject({ status: 0, stderr: "" });
    expect(await asked("more.acme.example")).toEqual([ADDRESS.internet]);
    expect(process()).toBe(before);
  });

  it("fails on a Corefile CoreDNS does not take, without a word to the container that runs", async () => {
    const before = process();
    publish(net, artefactFor(net, { content: () => ({ corefile: ". {\n  nothing\n}\n" }) }));
    expect((await runAgent(executor)).stderr).toMatch(
      /CoreDNS does not take the configuration: [^]*Unknown directive .nothing/,
    );
    expect([process(), await inForce(executor)]).toEqual([before, more().hash]);
  });

  it("has the image of a new tag before it ends the container of the old one", async () => {
    has(FIRST, SECOND);
    publish(net, of(SECOND));
    expect(await runAgent(executor)).toMatchObject({ status: 0, stderr: "" });
    expect(log().slice(-5)).toEqual([
      ...[`pull ${REPOSITORY}:${SECOND}`, `run dns-proxy-trial ${REPOSITORY}:${SECOND}`, "rm dns-proxy-trial"],
      ...["stop dns-proxy", `run dns-proxy ${REPOSITORY}:${SECOND}`],
    ]);
    expect(await asked(PRIVATE_NAME)).toEqual(REGISTRY);
  });

  it("starts the container where it does not run", async () => {
    await executor.must(["systemctl", "stop", "dns-proxy-container.service"]);
    expect(await asked(PRIVATE_NAME)).not.toEqual(REGISTRY);
    expect(await runAgent(executor)).toMatchObject({ status: 0, stderr: "" });
    expect(await asked(PRIVATE_NAME)).toEqual(REGISTRY);
  });

  it("fails where the image names no repository, and says so", async () => {
    executor.write("/etc/causeway/dns-proxy.env", "");
    publish(net, of(FIRST));
    expect((await runAgent(executor)).stderr).toContain("neither CoreDNS nor a repository of dns-proxy");
    expect(await inForce(executor)).toBe(of(SECOND).hash);
  });
});
