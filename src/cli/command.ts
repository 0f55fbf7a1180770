/** What every command of the line shares: `--json`, and errors told in one way. */
import { Command } from '@oclif/core';
import { printableLine } from '../lib/printable.ts';
import { print } from './output.ts';
import { reportError } from './report.ts';
import { harmless, inertJson } from './workflow-commands.ts';

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  /** Runs it: oclif's `run` would load the configuration again. */
  start(): Promise<unknown> {
    return this._run();
  }

  /** A line of the answer, on stdout. */
  override log(line = ''): void {
    if (!this.jsonEnabled()) print(`${harmless(line)}\n`);
  }

  /** Lines of the answer, written at once. */
  protected logPage(lines: readonly string[]): void {
    if (!this.jsonEnabled() && lines.length > 0) print(lines.map((line) => `${harmless(line)}\n`).join(''));
  }

  /** JSON as it is, without colours: what reads it is a program. */
  override logJson(json: unknown): void {
    print(`${inertJson(JSON.stringify(json, undefined, 2))}\n`);
  }

  protected override async catch(error: Error): Promise<void> {
    const program = `${this.config.bin} ${this.id?.replaceAll(':', ' ') ?? ''}`.trim();
    reportError(error, { program, json: this.jsonEnabled() });
  }

  /**
   * Talk, on stderr: never part of the answer, and left out with --json only where the answer says the same. One line,
   * whoever wrote what is in it.
   */
  protected note(text: string): void {
    process.stderr.write(`${harmless(printableLine(text))}\n`);
  }

  /** Talk of several lines, with the colours and the indentation that a page has given them. */
  protected notePage(lines: readonly string[]): void {
    for (const line of lines) process.stderr.write(`${harmless(line)}\n`);
  }
}
