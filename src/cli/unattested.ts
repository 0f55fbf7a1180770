/** What nothing proves: whether it is accepted, and the question to somebody on a terminal. On stderr. */
import type { PackageName } from '../lib/bundle/name.ts';
import { readConfig } from '../lib/config/config.ts';
import { mpakHome } from '../lib/config/home.ts';
import { type UnattestedPolicy, unattestedPolicy } from '../lib/config/policy.ts';
import { MpakError } from '../lib/errors.ts';
import type { IndexSource } from '../lib/index/read-source.ts';
import type { Resolved } from '../lib/install/resolve.ts';
import { type Acceptance, acceptanceOf } from '../lib/install/unattested.ts';
import { askLine, isInteractive } from '../lib/launch/ask.ts';
import { unprovenLines } from './proposal-page.ts';

/** On stderr: stdout is the answer's, or the server's. */
export function terminal() {
  return { input: process.stdin, output: process.stderr };
}

export interface UnattestedOptions {
  readonly unattested: UnattestedPolicy;
  readonly acceptUnattested: (name: PackageName) => Acceptance | undefined;
}

export function unattestedOptions(flags: {
  readonly 'allow-unattested': boolean;
  readonly yes: boolean;
}): UnattestedOptions {
  const policy = unattestedPolicy(readConfig(mpakHome(process.env)));
  const options = {
    policy,
    wished: flags['allow-unattested'],
    interactive: isInteractive(terminal()),
    yes: flags.yes,
  };
  return { unattested: policy, acceptUnattested: (name) => acceptanceOf(name, options) };
}

/** Whether the user says yes. Left with ^C or ^D is a no. */
export async function askYes(question: string): Promise<boolean> {
  try {
    return /^\s*y(es)?\s*$/i.test(await askLine(`${question} [y/N] `, terminal(), { hidden: false }));
  } catch (error) {
    if (error instanceof MpakError && error.code === 'USAGE') return false;
    throw error;
  }
}

/** @throws MpakError CONSENT_REQUIRED */
export async function askAboutUnattested({ name, version }: Resolved, source: IndexSource): Promise<void> {
  for (const line of [`${name} ${version}`, ...unprovenLines(source).map((text) => `  ${text}`)])
    process.stderr.write(`${line}\n`);
  if (await askYes('Download it all the same?')) return;
  throw new MpakError('CONSENT_REQUIRED', `${name} ${version} is not downloaded: nobody agreed to it.`);
}
