/** What answers behind a customer's service: its listeners and its certificate, as far as they are known. */
import { list, text, texts } from "../values.ts";
import type { CloudObject } from "../world.ts";
import type { Artefact } from "./artefact.ts";
import { broken, passed, type Walk } from "./walk.ts";

/** Port of SSH, the one protocol here that has no certificate. */
const SSH = 22;

/** A certificate as somebody presents it. */
export interface Presented {
  readonly name: string;
  readonly certificateNames: readonly string[];
  readonly privateCA?: string | undefined;
}

/**
 * @param service an object with the arguments of a `Backend`
 * @param asked the name its certificate has to be for; left out where something before it ends TLS
 */
export function* backend({ name, args }: CloudObject, artefact: Artefact, port: number, asked?: string): Walk {
  const ports = args["ports"];
  if (ports !== undefined && !list(ports).includes(port)) {
    yield broken("service", `${name} listens on ${list(ports).join(", ")}, not on ${port}`, "customer");
  }
  const names = args["certificateNames"];
  if (names === undefined || port === SSH || asked === undefined) return;
  const presented = { name: name!, certificateNames: texts(names), privateCA: text(args["privateCA"]) };
  yield* certificateFor(presented, artefact, asked);
}

/** Whether a certificate is for a name, and of an authority that executors trust. */
export function* certificateFor(
  { name, certificateNames, privateCA }: Presented,
  artefact: Artefact,
  asked: string,
): Walk {
  if (!certificateNames.some((one) => covers(one, asked))) {
    const what = `the certificate of ${name} is for ${certificateNames.join(", ")}, not ${asked}`;
    yield broken("certificate", what, "customer");
  }
  if (privateCA !== undefined && !trusted(artefact, privateCA)) {
    yield broken("certificate", `executors do not trust the private CA behind ${asked}`);
  }
  yield passed("certificate", `is for ${asked}`, "customer");
}

/** Source: RFC 9525, section 6.3: a wildcard stands for one whole first label. */
export function covers(pattern: string, name: string): boolean {
  if (!pattern.startsWith("*.")) return pattern.toLowerCase() === name;
  return name.slice(name.indexOf(".") + 1) === pattern.slice(2).toLowerCase();
}

function trusted(artefact: Artefact, authority: string): boolean {
  return artefact.kind === "read" && artefact.caBundle.includes(authority.trim());
}
