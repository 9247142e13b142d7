import { readFileSync, statSync } from "node:fs";
import { Composer, Lexer, Parser, isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Document, ParsedNode, YAMLMap } from "yaml";
import { ConfigError } from "../plan/errors.ts";
import type { Position } from "../plan/errors.ts";
import type { Path } from "./paths.ts";
import { show } from "./wording.ts";

/** A customer file is a few kilobytes; a mebibyte is a wrong file. */
const MAX_BYTES = 1024 * 1024;
/** The deepest field is nine levels down, each level a few tokens; beyond this a file is hostile or generated wrong. */
const MAX_DEPTH = 200;
/** Keys whose plain value is text as written, so that leading zeros survive without quotes. */
const AS_WRITTEN = new Set<string | number | undefined>(["accountID", "proxyTag"]);

/** One thing wrong at a path; `offset` overrules the place the path has in the file. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
  readonly at?: "key" | "value";
  readonly offset?: number;
}

/** A file read as YAML: plain values, what was refused on the way, and where everything is. */
export interface Source {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Where a problem is; for a path the file does not have, where the nearest block above it is. */
  position(problem: Problem): Position;
}

const refuse = (file: string, message: string, position?: Position): never => {
  throw new ConfigError([{ file, path: "", message, ...(position === undefined ? {} : { position }) }]);
};

const TOO_LARGE = "expected at most 1 MiB, got more; a customer file is a few kilobytes, this is another file";

/**
 * The bytes of a customer file; `location` is where it is, if that is not its name.
 * @throws ConfigError where there is none to read.
 */
export function readBytes(file: string, location = file): Uint8Array {
  try {
    const { size } = statSync(location);
    return size > MAX_BYTES ? refuse(file, TOO_LARGE) : readFileSync(location);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    switch ((error as NodeJS.ErrnoException).code) {
      case "ENOENT":
      case "ENOTDIR":
        return refuse(
          file,
          "expected a customer file, got nothing there; check the path, or copy the file of another customer",
        );
      case "EISDIR":
        return refuse(file, "expected a customer file, got a directory; name a file in it");
      case "EACCES":
      case "EPERM":
        return refuse(file, "expected a readable file, got permission denied; give yourself leave to read it");
      default:
        return refuse(
          file,
          `expected a readable file, got ${(error as NodeJS.ErrnoException).code ?? "an error"}; check the path`,
        );
    }
  }
}

/** Text of UTF-8 bytes without a byte order mark. @throws ConfigError for anything else. */
function decode(bytes: Uint8Array, file: string): string {
  if (bytes.length > MAX_BYTES) return refuse(file, TOO_LARGE);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse(file, "expected utf-8 text, got bytes that are none; save the file as utf-8");
  }
  const nul = text.indexOf("\0");
  return nul < 0
    ? text
    : refuse(file, "expected yaml text, got a binary file; name the customer file", positionAt(text, nul));
}

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}

/** The one document of a YAML text. @throws ConfigError where it does not parse; nothing below can be checked then. */
function compose(text: string, file: string): ParsedNode {
  const at = (offset: number): Position => positionAt(text, offset);
  const parser = new Parser();
  const composer = new Composer({ version: "1.2", schema: "core", uniqueKeys: false, prettyErrors: false });
  const documents: Document.Parsed[] = [];
  const lexer = new Lexer().lex(text);
  const take = (tokens: ReturnType<Parser["next"]>): void => {
    for (const token of tokens) {
      if (token.type === "directive")
        refuse(file, "expected yaml 1.2 without directives, got %; remove the line", at(token.offset));
      documents.push(...composer.next(token));
    }
  };
  for (const lexeme of lexer) {
    take(parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) {
      const message = `expected blocks nested at most ${MAX_DEPTH} deep, got more; this is no customer file`;
      refuse(file, message, at(parser.offset));
    }
  }
  take(parser.end());
  documents.push(...composer.end());
  return onlyDocument(documents, text, file);
}

function onlyDocument(documents: readonly Document.Parsed[], text: string, file: string): ParsedNode {
  const at = (offset: number): Position => positionAt(text, offset);
  const [first, second] = documents;
  const error = first?.errors[0];
  if (error !== undefined) refuse(file, syntaxMessage(error, text), at(error.pos[0]));
  if (second !== undefined) {
    refuse(file, "expected one document, got several; keep one customer per file", at(second.range[0]));
  }
  if (first === undefined || first.contents === null || (isScalar(first.contents) && first.contents.source === "")) {
    return refuse(file, "expected a customer file, got an empty one; copy the file of another customer");
  }
  if (!isMap(first.contents) && !isAlias(first.contents)) {
    const got = isSeq(first.contents) ? "a list" : "a single value";
    refuse(
      file,
      `expected a block with name and spec, got ${got}; copy the file of another customer`,
      at(first.contents.range[0]),
    );
  }
  return first.contents;
}

function syntaxMessage(
  { code, message, pos }: { code: string; message: string; pos: readonly number[] },
  text: string,
): string {
  const lineStart = text.lastIndexOf("\n", (pos[0] ?? 0) - 1) + 1;
  const indentation = /^\s*/.exec(text.slice(lineStart))?.[0] ?? "";
  if (code === "TAB_AS_INDENT" || indentation.includes("\t")) {
    return "expected spaces as indentation, got a tab; set the editor to indent with spaces";
  }
  const reason = message.charAt(0).toLowerCase() + message.slice(1).replace(/[.;]\s.*$/s, "");
  return `expected yaml, got text that does not parse: ${reason}; correct this line or the one above`;
}

/** Plain values of the nodes, with a problem for everything a customer file may not use. */
class Reader {
  readonly problems: Problem[] = [];
  /** Where the reader is; copied only for a problem. */
  private readonly path: (string | number)[] = [];

  value(node: ParsedNode | null): unknown {
    if (node === null) return null;
    if (isAlias(node)) {
      this.refuse(node, "an alias", "write the value out");
      return undefined;
    }
    this.refuseMarks(node);
    if (isMap(node)) return this.block(node);
    if (isSeq(node)) return node.items.map((item, index) => this.inside(index, item));
    const { type, value, source } = node as ParsedNode & { type?: string; value: unknown; source: string };
    return type === "PLAIN" && value !== null && AS_WRITTEN.has(this.path.at(-1)) ? source : value;
  }

  private inside(step: string | number, node: ParsedNode | null): unknown {
    this.path.push(step);
    const value = this.value(node);
    this.path.pop();
    return value;
  }

  private refuse(node: ParsedNode, got: string, fix: string): void {
    this.problems.push({
      path: [...this.path],
      message: `expected plain values, got ${got}; ${fix}`,
      offset: node.range[0],
    });
  }

  private refuseMarks(node: ParsedNode & { anchor?: string }): void {
    if (node.anchor !== undefined) this.refuse(node, "an anchor", "write the value out where it is needed");
    if (node.tag !== undefined) this.refuse(node, "a tag", "remove it, the schema knows the type");
  }

  private block(node: YAMLMap.Parsed): Record<string, unknown> {
    const block: Record<string, unknown> = {};
    for (const { key: keyNode, value } of node.items) {
      const key = this.key(keyNode);
      if (key === undefined) continue;
      if (Object.hasOwn(block, key))
        this.refuseKey(keyNode, key, `expected each key once, got ${show(key)} again; keep one of the two`);
      else if (key === "<<")
        this.refuseKey(keyNode, key, "expected plain values, got a merge key; write the values out");
      else if (key === "__proto__") this.refuseKey(keyNode, key, "unknown key, got __proto__; remove it");
      else block[key] = this.inside(key, value);
    }
    return block;
  }

  private refuseKey(node: ParsedNode, key: string, message: string): void {
    this.problems.push({ path: [...this.path, key], message, offset: node.range[0] });
  }

  private key(node: ParsedNode | null): string | undefined {
    if (node !== null && isScalar(node)) {
      this.refuseMarks(node);
      return node.source;
    }
    if (node !== null)
      this.refuse(node, isAlias(node) ? "an alias as a key" : "a collection as a key", "write a plain key");
    return undefined;
  }
}

type Pair = YAMLMap.Parsed["items"][number];

const keyOf = ({ key }: Pair): string | undefined => {
  const node: unknown = key;
  return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
};

/** Offset of a path's key or value in the document, or of the nearest block above it. */
function offsetOf(contents: ParsedNode, path: Path, at: "key" | "value"): number {
  let node: unknown = contents;
  let offset = contents.range[0];
  for (const [index, step] of path.entries()) {
    if (isSeq<ParsedNode>(node)) {
      const item = node.items[step as number];
      if (item === undefined) return offset;
      [node, offset] = [item, item.range[0]];
    } else if (isMap(node)) {
      const pair = (node as YAMLMap.Parsed).items.find((candidate) => keyOf(candidate) === step);
      if (pair === undefined) return offset;
      const value = pair.value;
      const empty = value === null || (isScalar(value) && value.source === "" && value.type === "PLAIN");
      const wanted = index === path.length - 1 && at === "value" && !empty;
      offset = wanted ? value.range[0] : pair.key.range[0];
      node = value;
    } else return offset;
  }
  return offset;
}

/**
 * Reads YAML 1.2 into plain values with positions.
 * @throws ConfigError where there is no single block to check further; lesser refusals are in `problems`.
 */
export function parseSource(content: Uint8Array | string, file: string): Source {
  const text = decode(typeof content === "string" ? new TextEncoder().encode(content) : content, file);
  const contents = compose(text, file);
  const reader = new Reader();
  const value = reader.value(contents);
  return {
    value,
    problems: reader.problems,
    position: ({ path, at = "value", offset }) => positionAt(text, offset ?? offsetOf(contents, path, at)),
  };
}
