import type { GraphNode } from "../../../engine/graph.ts";
import type { Outage, ResourceChange } from "../types.ts";

/** Finds changes and resources by the class of their type, such as `VpnConnection`. */
export class Changed {
  readonly changes: readonly ResourceChange[];
  readonly base: readonly GraphNode[];
  readonly head: readonly GraphNode[];

  constructor(changes: readonly ResourceChange[], base: readonly GraphNode[], head: readonly GraphNode[]) {
    this.changes = changes;
    this.base = base;
    this.head = head;
  }

  /** Changes of a class. */
  of(className: string): readonly ResourceChange[] {
    return this.changes.filter(({ type }) => isClass(type, className));
  }

  /** Changes of a class that take the object away, to bring another in its place or none. */
  gone(className: string): readonly ResourceChange[] {
    return this.of(className).filter(({ kind }) => kind === "replace" || kind === "delete");
  }

  /** What a class had before. */
  before(className: string): readonly GraphNode[] {
    return this.base.filter(({ type }) => isClass(type, className));
  }

  /** What a class has after. */
  after(className: string): readonly GraphNode[] {
    return this.head.filter(({ type }) => isClass(type, className));
  }
}

const isClass = (type: string, className: string): boolean => type.endsWith(`:${className}`);

/** Whether a change edits an argument whose path begins like this. */
export const edits = ({ kind, changes }: ResourceChange, ...starts: readonly string[]): boolean =>
  kind === "update" && changes.some(({ path }) => starts.some((start) => path.startsWith(start)));

/** Nothing but the customer, or nothing at all, ends it. */
export const FOR_GOOD: Outage["seconds"] = null;
