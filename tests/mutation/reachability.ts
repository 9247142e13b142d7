/** Whether executors reach what the customer file says they reach, and nothing else behind it. */
import type { Customer } from "../../plan/customer.ts";
import { findExecutors } from "../../sandbox/executors.ts";
import { artefactOf, GUEST_GATEWAY, guestMay } from "../../sandbox/network/artefact.ts";
import { reach } from "../../sandbox/network/reach.ts";
import { reachRegistry } from "../../sandbox/network/registry.ts";
import type { World } from "../../sandbox/world.ts";
import type { Aftermath } from "./catchers.ts";

interface Want {
  readonly name: string;
  readonly port: number;
  /** Whether the network's own rules decide which ports are open there. */
  readonly private: boolean;
}

/** Every registry and every routed name, with the ports the file gives. */
function wants({ registries, executorPrivateDNS, aws, privateServiceConnect }: Customer): Want[] {
  const routes = executorPrivateDNS?.routes ?? [];
  const links = aws.flatMap(({ privateLinks }) => privateLinks);
  const endpoints = privateServiceConnect?.endpoints ?? [];
  const names = new Set([
    ...registries.map(({ dnsName }) => dnsName),
    ...routes.map(({ source }) => source),
    ...endpoints.map(({ domain }) => domain),
  ]);
  return [...names].flatMap((name) => {
    const target = routes.find(({ source }) => source === name)?.target;
    const link = target?.kind === "privateLink" ? links.find(({ key }) => key === target.link) : undefined;
    const domain = target?.kind === "privateServiceConnect" ? target.domain : name;
    const ports = link?.ports ?? endpoints.find((endpoint) => endpoint.domain === domain)?.ports;
    return (ports ?? [443]).map((port) => ({ name, port, private: ports !== undefined }));
  });
}

/** Answers too long for UDP are asked for again over TCP. */
function dnsTrouble(world: World, executor: string): string | undefined {
  const artefact = artefactOf(world, findExecutors(world, executor));
  if (artefact.kind !== "read" || artefact.proxy === undefined) return undefined;
  const open = guestMay(artefact.rules, GUEST_GATEWAY, "tcp", 53);
  return open ? undefined : `a guest in ${executor} cannot ask for long answers`;
}

/** CodeArtifact sends clients on to a bucket of its own for what packages are made of. */
function contentTrouble(world: World, executor: string, { registries }: Customer): string | undefined {
  for (const { key, dnsName, origin } of registries) {
    if (origin.kind !== "codeArtifact") continue;
    const broken = reachRegistry(world, { executor, guest: true }, dnsName).blobs?.broken;
    if (broken) return `a guest in ${executor} fetches no package of ${key}: ${broken.kind}: ${broken.what}`;
  }
  return undefined;
}

/** A port no file opens. */
const CLOSED = 9;

export function reachTrouble({ world }: Aftermath, customer: Customer): string | undefined {
  for (const { name: executor } of customer.executors.subnets) {
    const dns = dnsTrouble(world, `${customer.gcp.projectID}/${executor}`);
    if (dns !== undefined) return dns;
    const content = contentTrouble(world, `${customer.gcp.projectID}/${executor}`, customer);
    if (content !== undefined) return content;
    for (const guest of [false, true]) {
      const from = `${guest ? "a guest" : "the host"} in ${executor}`;
      for (const want of wants(customer)) {
        const found = reach(world, { executor: `${customer.gcp.projectID}/${executor}`, guest }, want.name, want.port);
        if (found.broken)
          return `${from} does not reach ${want.name}:${want.port}: ${found.broken.kind}: ${found.broken.what}`;
        if (!want.private) continue;
        const shut = reach(world, { executor: `${customer.gcp.projectID}/${executor}`, guest }, want.name, CLOSED)
          .broken?.kind;
        const wanted = guest ? "guest rules" : "firewall";
        if (shut !== wanted)
          return `${from} is kept from ${want.name}:${CLOSED} by ${shut ?? "nothing"}, not by ${wanted}`;
      }
    }
  }
  return undefined;
}
