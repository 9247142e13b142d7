/** Threads that each run one program; work goes to whichever is free. */
import { Worker } from "node:worker_threads";
import type { Classified } from "./classes.ts";
import type { Side } from "./side.ts";
import type { Answer, Comparing, Request, Settings } from "./worker.ts";

/** Heap of one thread; graphs are small, and what is left over is collected sooner. */
const HEAP_MB = 192;

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** The module of a thread, with the ending this package runs with. */
const MODULE = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

/** As many threads as are asked for, all with the same program. */
export class Pool implements Comparing {
  readonly #workers: readonly Worker[];
  readonly #free: Worker[];
  readonly #queue: ((worker: Worker) => void)[] = [];
  readonly #waiting = new Map<number, Waiting & { readonly worker: Worker }>();
  #last = 0;

  constructor(settings: Settings, threads: number) {
    this.#workers = Array.from({ length: threads }, () => this.#start(settings));
    this.#free = [...this.#workers];
  }

  #start(settings: Settings): Worker {
    // A program needs nothing of the environment to declare what it declares, and so no credentials either.
    const worker = new Worker(MODULE, {
      workerData: settings,
      env: { NODE_ENV: process.env["NODE_ENV"] },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 96 },
    });
    worker.on("message", (answer: Answer) => this.#settle(answer));
    worker.on("error", (error) => this.#fail(worker, error as Error));
    worker.on("exit", (code) => this.#fail(worker, new Error(`the program ended the thread it ran in with ${code}`)));
    return worker;
  }

  side(request: Extract<Request, { ask: "side" }>): Promise<Side | undefined> {
    return this.#ask(request);
  }

  diff(request: Extract<Request, { ask: "diff" }>): Promise<Classified> {
    return this.#ask(request);
  }

  #ask(request: Request): Promise<never> {
    return new Promise((resolve, reject) => {
      const send = (worker: Worker): void => {
        const id = ++this.#last;
        this.#waiting.set(id, { resolve, reject, worker });
        worker.postMessage({ id, request });
      };
      const worker = this.#free.pop();
      if (worker === undefined) this.#queue.push(send);
      else send(worker);
    });
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    const next = this.#queue.shift();
    if (next === undefined) this.#free.push(waiting.worker);
    else next(waiting.worker);
    if ("error" in answer) waiting.reject(new Error(answer.error));
    else waiting.resolve(answer.value as never);
  }

  #fail(worker: Worker, error: Error): void {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.worker !== worker) continue;
      this.#waiting.delete(id);
      waiting.reject(error);
    }
  }

  /** Ends every thread, whatever it is doing. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
