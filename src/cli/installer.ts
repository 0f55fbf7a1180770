/** Installing, as commands do it: flags, what is said beforehand, the question, progress. All of it on stderr. */
import { Flags } from '@oclif/core';
import { parsePackageReference } from '../lib/bundle/name.ts';
import { currentPlatform } from '../lib/bundle/platform.ts';
import { BundleCache } from '../lib/cache/bundle-cache.ts';
import { readConfig } from '../lib/config/config.ts';
import { mpakHome } from '../lib/config/home.ts';
import { consentPolicy } from '../lib/config/policy.ts';
import { MpakError } from '../lib/errors.ts';
import { type InstallResult, install } from '../lib/install/install.ts';
import { concernsOf, decide, type Proposal } from '../lib/install/proposal.ts';
import { isInteractive } from '../lib/launch/ask.ts';
import { printableLine } from '../lib/printable.ts';
import { registryFlag, registryIndexes } from './context.ts';
import { installIndex } from './package-index.ts';
import { ProgressLine } from './progress.ts';
import { proposalLines } from './proposal-page.ts';
import { provenance } from './provenance.ts';
import { screenOf } from './screen.ts';
import { Transfer } from './transfer.ts';
import { askYes, terminal, type UnattestedOptions, unattestedOptions } from './unattested.ts';
import { ensureDetails } from './unsigned.ts';

/** The flags of every command that installs. */
export const installFlags = {
  yes: Flags.boolean({ char: 'y', description: 'Agree to what is said beforehand; nothing is asked.' }),
  'allow-unattested': Flags.boolean({
    description: 'Install what has no attestation: then nothing proves who built it. Kept in its receipt.',
  }),
  registry: registryFlag,
};

export interface InstallFlags {
  readonly yes: boolean;
  readonly 'allow-unattested': boolean;
  readonly registry: string | undefined;
}

/**
 * Installs a package and makes it the one that runs.
 * @param options.pinned only where none runs: install.ts
 * @throws MpakError CONSENT_REQUIRED when somebody must agree and nobody did, and as install.ts says
 */
export async function installPackage(
  reference: string,
  flags: InstallFlags,
  userAgent: string,
  { pinned }: { readonly pinned: boolean } = { pinned: false },
): Promise<InstallResult> {
  const home = mpakHome(process.env);
  const cache = new BundleCache(home);
  const name = parsePackageReference(reference)?.name;
  const warn = (text: string) => process.stderr.write(`${printableLine(text)}\n`);
  // What is no name is told where it is resolved.
  const { store } = name === undefined ? registryIndexes(flags)[0] : installIndex(flags, name, cache, warn);
  const unattested = unattestedOptions(flags);
  const line = new ProgressLine();
  const download = new Transfer('Downloading');
  try {
    await ensureDetails(store, reference, userAgent);
    return await install({
      store,
      cache,
      reference,
      platform: currentPlatform(),
      settings: provenance(),
      userAgent,
      now: () => new Date(),
      ...unattested,
      minimumLevel: readConfig(home).policy?.minimumLevel,
      pinned,
      needsAsking: (proposal) => needsAsking(proposal, flags.yes, home, unattested),
      ask,
      onBytes: (done, total) => line.update(() => download.describe(done, total)),
      warn,
    });
  } finally {
    line.clear();
  }
}

/** Says what is to be installed, each time that it is another thing. @throws MpakError CONSENT_REQUIRED */
function needsAsking(
  proposal: Proposal,
  yes: boolean,
  home: string,
  { acceptUnattested }: UnattestedOptions,
): boolean {
  const { name } = proposal.resolved;
  const concerns = concernsOf(proposal);
  const decision = decide(name, concerns, {
    interactive: isInteractive(terminal()),
    yes,
    policy: consentPolicy(readConfig(home)),
    unattested: acceptUnattested(name) ?? 'ask',
  });
  for (const text of proposalLines(proposal, concerns, screenOf(process.stderr)))
    process.stderr.write(`${text}\n`);
  if (decision === 'refuse') throw refused(proposal);
  return decision === 'ask';
}

async function ask(proposal: Proposal): Promise<void> {
  const { name, version } = proposal.resolved;
  const question = `Install ${name} ${version}${proposal.verified === null ? ', which nothing proves' : ''}?`;
  if (!(await askYes(question))) throw refused(proposal);
}

function refused(proposal: Proposal): MpakError {
  const { name, version } = proposal.resolved;
  return new MpakError('CONSENT_REQUIRED', `${name} ${version} is not installed: nobody agreed to it.`, {
    hint: concernsOf(proposal).includes('registry')
      ? 'Agree with `--yes`, if you mean that registry.'
      : `Agree with \`--yes\`, or once for all: \`mpak config set policy.allow ${name}\`.`,
  });
}
