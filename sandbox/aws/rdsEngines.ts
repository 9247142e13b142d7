/** Database engines of RDS: versions, parameter group families and instance classes. */
import { CloudError } from "../errors.ts";
import { text, type Values } from "../values.ts";
import type { Doing } from "./common.ts";

/** One engine in one version. */
export interface Engine {
  readonly name: string;
  /** As asked for, or the newest. */
  readonly version: string;
  /** The full version that runs. */
  readonly actual: string;
  /** Family of its parameter groups, e.g. `postgres16`. */
  readonly family: string;
  readonly port: number;
  readonly license: string;
  /** Longest master password, in characters. */
  readonly longestPassword: number;
}

interface Kind {
  /** Newest minor by major version, oldest major first. */
  readonly versions: Readonly<Record<string, number>>;
  readonly families: readonly string[];
  readonly port: number;
  readonly license: string;
  readonly longestPassword: number;
}

const kind = (
  name: string,
  versions: readonly (readonly [major: string, minor: number])[],
  rest: Pick<Kind, "port" | "license" | "longestPassword">,
): Kind => ({
  ...{ versions: Object.fromEntries(versions), families: versions.map(([major]) => name + major) },
  ...rest,
});

/**
 * The engines the sandbox knows.
 * Source: Amazon RDS for PostgreSQL, MySQL and MariaDB Release Notes, calendars; CreateDBInstance, Port and
 * MasterUserPassword. A minor version is the newest known when this was written: newer ones are refused.
 */
export const ENGINES: Readonly<Record<string, Kind>> = {
  postgres: kind(
    "postgres",
    [
      ...(["11", "12"] as const).map((major) => [major, 22] as const),
      ...([
        ["13", 23],
        ["14", 20],
        ["15", 15],
        ["16", 11],
        ["17", 7],
        ["18", 1],
      ] as const),
    ],
    { port: 5432, license: "postgresql-license", longestPassword: 128 },
  ),
  mysql: kind(
    "mysql",
    [
      ["5.7", 44],
      ["8.0", 44],
      ["8.4", 7],
    ],
    {
      port: 3306,
      license: "general-public-license",
      longestPassword: 41,
    },
  ),
  mariadb: kind(
    "mariadb",
    [
      ["10.6", 24],
      ["10.11", 15],
      ["11.4", 9],
      ["11.8", 5],
    ],
    {
      port: 3306,
      license: "general-public-license",
      longestPassword: 41,
    },
  ),
};

/** Engine and version of a database's arguments. @throws CloudError when RDS has no such */
export function engineOf(args: Values, doing: Doing): Engine {
  for (const [name, property] of [
    ["engine", "engine"],
    ["username", "username"],
    ["allocatedStorage", "allocated_storage"],
  ] as const)
    if (args[name] === undefined)
      throw new CloudError("invalid", "Required", `"${property}": required field is not set`);
  const name = String(args["engine"]);
  const found = ENGINES[name];
  if (!found) throw doing.error("InvalidParameterValue", `Invalid DB engine: ${name}`);
  const version = text(args["engineVersion"]) ?? Object.keys(found.versions).at(-1)!;
  const major = Object.keys(found.versions).find((one) => version === one || version.startsWith(`${one}.`));
  const minor = major === undefined ? "" : version.slice(major.length + 1);
  const known = major !== undefined && /^\d*$/.test(minor) && Number(minor) <= found.versions[major]!;
  if (!known) throw doing.error("InvalidParameterCombination", `Cannot find version ${version} for ${name}`);
  const reserved = name === "postgres" ? ["admin", "rdsadmin", "postgres_admin"] : ["rdsadmin"];
  const username = String(args["username"]);
  if (reserved.includes(username) || !/^[a-z]\w{0,62}$/i.test(username)) {
    const why = reserved.includes(username)
      ? "it is a reserved word used by the engine"
      : "it must begin with a letter";
    throw doing.error("InvalidParameterValue", `MasterUsername ${username} cannot be used as ${why}`);
  }
  const database = text(args["dbName"]);
  if (database !== undefined && !/^[a-z]\w{0,62}$/i.test(database))
    throw doing.error(
      "InvalidParameterValue",
      "DBName must begin with a letter and contain only alphanumeric characters.",
    );
  const actual = minor === "" ? `${major}.${found.versions[major]}` : version;
  const { port, license, longestPassword } = found;
  return { name, version, actual, family: `${name}${major}`, port, license, longestPassword };
}

/** Source: Amazon RDS User Guide, DB instance classes, Supported DB engines: t2, m4 and r4 end with PostgreSQL 12. */
const CLASS =
  /^db\.(t2|t3|t4g|m4|m5d?|m6gd?|m6id?n?|m7gd?|m7i|m8gd?|r4|r5b?d?|r6gd?|r6id?n?|r7gd?|r7i|r8gd?|x2g|x2iedn|x2idn)\.(micro|small|medium|large|\d{0,2}xlarge)$/;

export function supportsClass({ name, version }: Engine, instanceClass: string): boolean {
  const [, family, size] = CLASS.exec(instanceClass) ?? [];
  if (family === undefined) return false;
  const old = ["t2", "m4", "r4"].includes(family);
  const burstable = family.startsWith("t");
  if (!burstable && ["micro", "small", "medium"].includes(size!) && !family.endsWith("g")) return false;
  return !(old && (name !== "postgres" || Number.parseInt(version, 10) >= 13));
}
