/** Values of GitHub's contexts, nested as expressions name them. */
export type Contexts = Readonly<Record<string, unknown>>;

/** What `success()`, `failure()` and `cancelled()` tell. */
export interface JobState {
  readonly failed: boolean;
  readonly cancelled: boolean;
}

const TOKEN = /\s*(?:(&&|\|\||==|!=|!|\(|\))|'((?:[^']|'')*)'|([A-Za-z_][\w-]*(?:\.[\w-]+)*)(\(\))?)\s*/y;
const STATUS = /\b(success|failure|cancelled|always)\(\)/;

/**
 * The part of GitHub's expression language that our workflows use: `&&`, `||`, `==`, `!=`, `!`, parentheses, strings,
 * contexts and the status functions. A condition without a status function asks for success too.
 * @throws Error on anything else, and on a context that is not given
 */
export function evaluate(condition: string, contexts: Contexts, state: JobState): boolean {
  const bare = condition.trim().replace(/^\$\{\{([\s\S]*)\}\}$/, "$1");
  const value = new Expression(bare, contexts, state).whole();
  return (STATUS.test(bare) || !state.failed) && Boolean(value);
}

/** A text with its `${{ … }}` put in. */
export const interpolate = (text: string, contexts: Contexts): string =>
  text.replace(/\$\{\{([\s\S]*?)\}\}/g, (_, inner: string) =>
    String(new Expression(inner, contexts, { failed: false, cancelled: false }).whole()),
  );

class Expression {
  readonly #text: string;
  readonly #contexts: Contexts;
  readonly #state: JobState;
  #tokens: RegExpExecArray[] = [];

  constructor(text: string, contexts: Contexts, state: JobState) {
    this.#text = text;
    this.#contexts = contexts;
    this.#state = state;
    const form = new RegExp(TOKEN);
    while (form.lastIndex < text.length) {
      const token = form.exec(text);
      if (token === null) throw new Error(`unknown expression: ${text}`);
      this.#tokens.push(token);
    }
  }

  whole(): unknown {
    const value = this.#either();
    if (this.#tokens.length > 0) throw new Error(`unknown expression: ${this.#text}`);
    return value;
  }

  #either(): unknown {
    let value = this.#both();
    while (this.#takes("||")) {
      const other = this.#both();
      value = value || other;
    }
    return value;
  }

  #both(): unknown {
    let value = this.#compared();
    while (this.#takes("&&")) {
      const other = this.#compared();
      value = value && other;
    }
    return value;
  }

  #compared(): unknown {
    const value = this.#single();
    if (this.#takes("==")) return value === this.#single();
    if (this.#takes("!=")) return value !== this.#single();
    return value;
  }

  #single(): unknown {
    if (this.#takes("!")) return !this.#single();
    if (this.#takes("(")) {
      const value = this.#either();
      if (!this.#takes(")")) throw new Error(`expected ) in ${this.#text}`);
      return value;
    }
    const [, , literal, name, call] = this.#tokens.shift() ?? [];
    if (literal !== undefined) return literal.replaceAll("''", "'");
    if (name === undefined) throw new Error(`unknown expression: ${this.#text}`);
    return call === undefined ? this.#context(name) : this.#status(name);
  }

  #takes(sign: string): boolean {
    if (this.#tokens[0]?.[1] !== sign) return false;
    this.#tokens.shift();
    return true;
  }

  #context(name: string): unknown {
    let value: unknown = this.#contexts;
    for (const step of name.split(".")) {
      if (typeof value !== "object" || value === null || !(step in value)) throw new Error(`unknown context ${name}`);
      value = (value as Contexts)[step];
    }
    return value;
  }

  #status(name: string): boolean {
    const { failed, cancelled } = this.#state;
    const known: Record<string, boolean> = { success: !failed && !cancelled, failure: failed, cancelled, always: true };
    const value = known[name];
    if (value === undefined) throw new Error(`unknown function ${name}()`);
    return value;
  }
}
