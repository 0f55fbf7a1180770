/**
 * Ends code of ours that a hostile file keeps busy: a parser that tries again and again, a regular expression that
 * backtracks. V8 stops what runs, wherever it is; nothing of the file is executed.
 */
import { type Context, createContext, Script } from 'node:vm';

/** It took longer than it may. */
export class TooSlow extends Error {
  override readonly name = 'TooSlow';
}

const script = new Script('task()');
/** Made when it is first needed. Tasks may run within tasks: each is called as soon as it stands there. */
let context: Context | undefined;

/**
 * What the task returns, unless it is stopped. Nothing that a stopped task was working on may be used afterwards: no
 * `finally` of it has run.
 * @throws TooSlow, and whatever the task throws
 */
export function withinTime<T>(milliseconds: number, task: () => T): T {
  let result: T | undefined;
  const run = () => {
    result = task();
  };
  context ??= createContext({});
  context.task = run;
  try {
    script.runInContext(context, { timeout: milliseconds });
  } catch (error) {
    if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new TooSlow(`It takes longer than ${milliseconds} ms.`);
  }
  return result as T;
}
