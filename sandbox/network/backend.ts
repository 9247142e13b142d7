/** What answers behind a customer's service: its listeners and its certificate, as far as they are known. */
import { list, text, texts } from "../values.ts";
import type { CloudObject } from "../world.ts";
import type { Artefact } from "./artefact.ts";
import { broken, passed, type Walk } from "./walk.ts";

/** Port of SSH, the one protocol here that has no certificate. */
const SSH = 22;

/** @param service an object with the arguments of a `Backend` */
export function* backend({ name, args }: CloudObject, artefact: Artefact, port: number, asked: string): Walk {
  const ports = args["ports"];
  if (ports !== undefined && !list(ports).includes(port)) {
    yield broken("service", `${name} listens on ${list(ports).join(", ")}, not on ${port}`, "customer");
  }
  const names = args["certificateNames"];
  if (names === undefined || port === SSH) return;
  if (!texts(names).some((one) => covers(one, asked))) {
    yield broken(
      "certificate",
      `the certificate of ${name} is for ${texts(names).join(", ")}, not ${asked}`,
      "customer",
    );
  }
  const authority = text(args["privateCA"]);
  if (authority !== undefined && !trusted(artefact, authority)) {
    yield broken("certificate", `executors do not trust the private CA behind ${asked}`);
  }
  yield passed("certificate", `is for ${asked}`, "customer");
}

/** Source: RFC 9525, section 6.3: a wildcard stands for one whole first label. */
function covers(pattern: string, name: string): boolean {
  if (!pattern.startsWith("*.")) return pattern.toLowerCase() === name;
  return name.slice(name.indexOf(".") + 1) === pattern.slice(2).toLowerCase();
}

function trusted(artefact: Artefact, authority: string): boolean {
  return artefact.kind === "read" && artefact.caBundle.includes(authority.trim());
}
