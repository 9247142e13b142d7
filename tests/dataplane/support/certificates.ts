/** Certificates for the servers of the data-plane tier, made with openssl. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "./hosts.ts";

export interface Certificate {
  /** PEM, the leaf alone. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

export interface CertificateOptions {
  /** Name of the authority, made when first asked for; `acme` unless told. */
  readonly authority?: string;
  /** Ended yesterday. */
  readonly expired?: boolean;
}

/** Authorities and what they sign, in one folder. */
export class Certificates {
  readonly #folder: string;
  #made = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The authority's certificate, PEM. */
  authority(name = "acme"): string {
    const [key, cert] = [join(this.#folder, `${name}.key`), join(this.#folder, `${name}.pem`)];
    if (!existsSync(cert)) {
      must("openssl", [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"],
        ...["-subj", `/CN=${name} test authority`, "-keyout", key, "-out", cert],
      ]);
    }
    return readFileSync(cert, "utf8");
  }

  /** A server's certificate for these names. */
  issue(names: readonly string[], { authority = "acme", expired = false }: CertificateOptions = {}): Certificate {
    this.authority(authority);
    const base = join(this.#folder, `leaf-${++this.#made}`);
    must("openssl", [
      ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-subj", `/CN=${names[0]}`, "-keyout", `${base}.key`, "-out", `${base}.csr`],
    ]);
    writeFileSync(`${base}.ext`, `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}\n`);
    const at = (days: number): string =>
      new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+|[-:T]/g, "");
    const ca = join(this.#folder, authority);
    // `x509` of the OpenSSL that Debian 12 has knows whole days from now on, `ca` any two dates.
    writeFileSync(`${base}.index`, "");
    writeFileSync(
      `${base}.cnf`,
      [
        ...["[ca]", "default_ca=own", "[own]", `database=${base}.index`, `new_certs_dir=${this.#folder}`],
        ...["rand_serial=yes", "default_md=sha256", "policy=any", "[any]", "commonName=supplied", ""],
      ].join("\n"),
    );
    must("openssl", [
      ...["ca", "-batch", "-notext", "-config", `${base}.cnf`, "-cert", `${ca}.pem`, "-keyfile", `${ca}.key`],
      ...["-startdate", at(-10), "-enddate", at(expired ? -1 : 20)],
      ...["-extfile", `${base}.ext`, "-in", `${base}.csr`, "-out", `${base}.pem`],
    ]);
    return { cert: readFileSync(`${base}.pem`, "utf8"), key: readFileSync(`${base}.key`, "utf8") };
  }
}
