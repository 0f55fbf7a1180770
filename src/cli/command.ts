/** What every command of the line shares: `--json`, and errors told in one way. */
import { Command } from '@oclif/core';
import { print } from './output.ts';
import { reportError } from './report.ts';

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  /** Runs it: oclif's `run` would load the configuration again. */
  start(): Promise<unknown> {
    return this._run();
  }

  /** A line of the answer. */
  override log(line = ''): void {
    if (!this.jsonEnabled()) print(`${line}\n`);
  }

  /** JSON as it is, without colours: what reads it is a program. */
  override logJson(json: unknown): void {
    print(`${JSON.stringify(json, undefined, 2)}\n`);
  }

  protected override async catch(error: Error): Promise<void> {
    const program = `${this.config.bin} ${this.id?.replaceAll(':', ' ') ?? ''}`.trim();
    reportError(error, { program, json: this.jsonEnabled() });
  }

  /** Talk, on stderr: never part of the answer, and left out with --json only where the answer says the same. */
  protected note(line: string): void {
    process.stderr.write(`${line}\n`);
  }
}
