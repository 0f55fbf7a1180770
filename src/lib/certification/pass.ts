/** One pass over the files of a bundle: each is opened once, for every control that observes, one in memory at a time. */
import { performance } from 'node:perf_hooks';
import { MpakError } from '../errors.ts';
import { type Budget, BudgetSpent } from './budget.ts';
import type { BundleFile, ScannedBundle } from './bundle.ts';
import type { ControlId } from './catalogue.ts';
import type { Context } from './context.ts';
import type { Control, Observed } from './control.ts';
import { OpenFile } from './open-file.ts';
import { TooSlow, withinTime } from './time-limit.ts';

/** A time limit costs as much as many files do: it is set for as many as are done in this time. */
const BATCH_MILLISECONDS = 1000;

export class Pass {
  readonly kept: ReadonlyMap<ControlId, Observed<unknown>[]>;
  /** Why a control saw less than every file. */
  readonly failures = new Map<ControlId, string>();
  readonly #bundle: ScannedBundle;
  readonly #budget: Budget;
  readonly #observers: readonly Control[];
  readonly #context: Context;
  /** The next file, and the next control to look at it. */
  #file = 0;
  #observer = 0;
  #open: OpenFile | undefined;
  #done = 0;

  constructor(bundle: ScannedBundle, budget: Budget, controls: readonly Control[], context: Context) {
    this.#bundle = bundle;
    this.#budget = budget;
    this.#context = context;
    this.#observers = controls.filter((control) => control.observe !== undefined);
    this.kept = new Map(this.#observers.map(({ id }) => [id, []]));
  }

  /** @throws MpakError when the archive is not what it declares */
  run(progress: ((done: number, total: number) => void) | undefined): void {
    const total = this.#bundle.files.reduce((sum, { size }) => sum + size, 0);
    const limit = this.#budget.limits.stepMilliseconds + BATCH_MILLISECONDS;
    try {
      while (this.#file < this.#bundle.files.length && this.failures.size < this.#observers.length) {
        try {
          withinTime(limit, () => this.#batch());
        } catch (error) {
          if (!(error instanceof TooSlow)) throw error;
          // A parser that was stopped is no fault of who asked it: the control looks again, and there is no code.
          if (!this.#open?.isParsing())
            this.#fail(`It takes too long at ${JSON.stringify(this.#current().path)}.`);
          this.#open?.giveUpParsing();
        }
        progress?.(this.#done, total);
      }
    } catch (error) {
      if (!(error instanceof BudgetSpent)) throw error;
      for (const { id } of this.#observers) if (!this.failures.has(id)) this.failures.set(id, error.message);
    }
  }

  #batch(): void {
    const end = performance.now() + BATCH_MILLISECONDS;
    while (this.#file < this.#bundle.files.length && performance.now() < end) {
      const file = this.#current();
      this.#open ??= new OpenFile(file, this.#bundle.read(file.path), this.#budget.limits);
      while (this.#observer < this.#observers.length) this.#observe(this.#open);
      this.#open = undefined;
      this.#observer = 0;
      this.#file += 1;
      this.#done += file.size;
    }
  }

  #observe(open: OpenFile): void {
    const control = this.#observers[this.#observer] as Control;
    if (!this.failures.has(control.id)) {
      try {
        const observation = control.observe?.(open, this.#bundle, this.#context);
        if (observation !== undefined) this.kept.get(control.id)?.push({ path: open.path, observation });
      } catch (error) {
        this.#fail(`${reasonOf(error)} It was at ${JSON.stringify(open.path)}.`);
        return;
      }
    }
    this.#observer += 1;
  }

  #current(): BundleFile {
    return this.#bundle.files[this.#file] as BundleFile;
  }

  /** The control that is looking; the others go on with the same file. */
  #fail(reason: string): void {
    const control = this.#observers[this.#observer];
    if (control !== undefined) this.failures.set(control.id, reason);
    this.#observer += 1;
  }
}

/** Never a stack trace, and nothing that differs from one machine to the next. */
export function reasonOf(error: unknown): string {
  if (error instanceof BudgetSpent || error instanceof TooSlow) return error.message;
  // What an archive is refused for is told of the archive.
  if (error instanceof MpakError && error.code.startsWith('ARCHIVE_')) throw error;
  return `The control failed: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}.`;
}
