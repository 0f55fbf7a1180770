/**
 * Tells the user about an error: what happened, what to do, the exit status. Never a stack trace unless asked for. What
 * others wrote in it never starts a line.
 */
import { styleText } from 'node:util';
import { MpakError } from '../lib/errors.ts';
import { printable, printableLine } from '../lib/printable.ts';
import { systemError } from '../lib/system-error.ts';
import { print } from './output.ts';
import { harmless, inertJson } from './workflow-commands.ts';

interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly status: number;
}

/**
 * Prints an error, as JSON on stdout when the answer would have been JSON, and sets the exit status.
 * @param options.program what to call itself: the binary, and the command when it is known
 */
export function reportError(error: unknown, options: { program: string; json: boolean }): void {
  const { code, message, hint, status } = describe(error, options.program);
  process.exitCode = status;
  if (options.json) {
    print(`${inertJson(JSON.stringify({ error: { code, message, hint } }, undefined, 2))}\n`);
    return;
  }
  const label = styleText(['bold', 'red'], 'Error:', { stream: process.stderr });
  process.stderr.write(`${label} ${harmless(told(message))}\n`);
  if (hint !== undefined) process.stderr.write(`${harmless(told(hint))}\n`);
  if (process.env.MPAK_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}

/** All lines but the first are set in: they may be somebody else's. */
function told(text: string): string {
  return printable(text).trim().replace(/\n\s*/g, '\n  ');
}

function describe(error: unknown, program: string): ErrorReport {
  const known = error instanceof MpakError ? error : systemError(error);
  if (known !== undefined) {
    return { code: known.code, message: known.message, hint: known.hint, status: known.exitStatus };
  }
  const message = error instanceof Error ? error.message : String(error);
  // oclif's parser: its errors carry the exit status of wrong usage.
  const oclif = (error as { oclif?: { exit?: number } }).oclif;
  if (oclif !== undefined) {
    const withoutHelp = message.replace(/\n?See more help with --help$/, '');
    return {
      code: 'USAGE',
      message: printableLine(withoutHelp),
      hint: `See \`${program} --help\`.`,
      status: oclif.exit ?? 2,
    };
  }
  return {
    code: 'INTERNAL',
    message: `${program} failed in a way that it should not: ${message}`,
    hint: 'Please report this; run the command again with MPAK_DEBUG=1 to see where.',
    status: 1,
  };
}
