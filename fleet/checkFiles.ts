import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { ConfigError, type Issue } from "../plan/errors.ts";
import { loadCustomer } from "../stacks/load.ts";
import { findDuplicates, type FileText } from "./duplicates.ts";

/** What was found in one file. */
export interface Checked {
  readonly file: string;
  readonly problems: readonly Issue[];
  readonly notes: readonly Issue[];
}

function checkFile(file: string): Checked {
  try {
    return { file, problems: [], notes: loadCustomer(file).notes };
  } catch (error) {
    if (error instanceof ConfigError) return { file, problems: error.issues, notes: [] };
    throw error;
  }
}

/** Fewer files than this are read sooner than a second thread has started. */
const WORTH_A_THREAD = 150;

/**
 * Reads files and says what is wrong with each, in their order, and with them together; many are shared out over the
 * processor's cores.
 */
export async function checkFiles(files: readonly string[]): Promise<readonly Checked[]> {
  const checked = await checkEach(files);
  const shared = Map.groupBy(
    findDuplicates(checked.flatMap(({ file }) => textOf(file))).flatMap(({ issues }) => issues),
    ({ file }) => file,
  );
  return checked.map((one) => ({ ...one, problems: [...one.problems, ...(shared.get(one.file) ?? [])] }));
}

/** Nothing where the file cannot be read, which it has been told by then. */
function textOf(file: string): readonly FileText[] {
  try {
    return [{ file, text: readFileSync(file, "utf8") }];
  } catch {
    return [];
  }
}

async function checkEach(files: readonly string[]): Promise<readonly Checked[]> {
  const threads = Math.max(1, Math.min(availableParallelism(), Math.floor(files.length / WORTH_A_THREAD)));
  const share = Math.ceil(files.length / threads);
  const others = Array.from({ length: threads - 1 }, (_, n) => inThread(files.slice((n + 1) * share, (n + 2) * share)));
  const own = files.slice(0, share).map(checkFile);
  return [own, ...(await Promise.all(others))].flat();
}

function inThread(files: readonly string[]): Promise<readonly Checked[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: files });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

if (!isMainThread && parentPort !== null) parentPort.postMessage((workerData as string[]).map(checkFile));
