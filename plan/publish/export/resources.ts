/** One resource of a publisher, as the component declares it. */
export interface ExportedResource {
  /** Pulumi type token, e.g. `aws:lb/listener:Listener`. */
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  /** What it waits for without having anything of it, as `<type> <name>`. */
  readonly dependsOn: readonly string[];
  /** How long its creation may take, e.g. `30m`. */
  readonly createTimeout?: string;
}

/** What a registry is published by on one cloud, and where. */
export interface ExportedSide {
  readonly cloud: "aws" | "gcp";
  /** Registry's key. */
  readonly registry: string;
  /** `<customer>-<registry>` */
  readonly name: string;
  /** Account id or project id. */
  readonly account: string;
  readonly region: string;
  readonly resources: readonly ExportedResource[];
}

/** A file of an export. */
export interface ExportedFile {
  readonly name: string;
  readonly content: string;
}

/** A value of another resource that only the cloud knows. */
export interface Reference {
  readonly type: string;
  readonly name: string;
  /** Pulumi's name of the output, e.g. `arn`, `id`, `selfLink`. */
  readonly property: string;
}

const [OPEN, CLOSE, BETWEEN] = ["\u27e6", "\u27e7", "\u2758"];

/** A reference as text, which whatever a program makes of texts leaves whole. */
export const referenceText = ({ type, name, property }: Reference): string =>
  `${OPEN}${[type, name, property].join(BETWEEN)}${CLOSE}`;

const REFERENCE = new RegExp(`${OPEN}([^${CLOSE}]*)${CLOSE}`, "u");

/** The texts and references a text is made of, in order; no empty texts. */
export function partsOf(text: string): readonly (string | Reference)[] {
  return text.split(REFERENCE).flatMap((part, index): readonly (string | Reference)[] => {
    if (index % 2 === 0) return part === "" ? [] : [part];
    const [type = "", name = "", property = ""] = part.split(BETWEEN);
    return [{ type, name, property }];
  });
}

/** Class name at the end of a type token. */
export const className = (type: string): string => type.split(":").at(-1) ?? type;

/** What a publisher cannot be written as. */
export class ExportError extends Error {
  override readonly name = "ExportError";
}
