/** What a scan asks of the outside, as it is configured: put together here and nowhere else. */
import os from 'node:os';
import path from 'node:path';
import { approvedSources } from '../lib/certification/approved-sources.ts';
import type { Context, Sandbox } from '../lib/certification/context.ts';
import { bubblewrapSandbox } from '../lib/certification/sandbox/bubblewrap.ts';
import { scorecardsFrom } from '../lib/certification/scorecard.ts';
import { readConfig } from '../lib/config/config.ts';
import { mpakHome } from '../lib/config/home.ts';
import { maxAgeDaysOf } from '../lib/config/supply.ts';
import { findProgram } from '../lib/launch/find-program.ts';
import { vulnerabilityFile } from '../lib/vulnerabilities/database.ts';
import { openVulnerabilityData } from '../lib/vulnerabilities/lookup.ts';

export interface ScanContext {
  readonly context: Context;
  /** To be called when the scan is done. */
  close(): void;
}

export interface Asked {
  /** The server is run, in a sandbox. */
  readonly sandbox: boolean;
  /** A file of results, a folder with a file for each repository, or the URL of a service with `{repository}` in it. */
  readonly scorecard: string | undefined;
  readonly userAgent: string;
}

/**
 * @param known of this bundle: who announced it, who proved to have built it, and its bytes unless it is a folder
 * @throws MpakError USAGE, IO_FAILED, and what opening the vulnerability data says
 */
export async function scanContext(
  {
    archive,
    ...known
  }: Pick<Context, 'attestation' | 'registry'> & { readonly archive?: Buffer | undefined },
  { sandbox, scorecard, userAgent }: Asked,
): Promise<ScanContext> {
  const home = mpakHome(process.env);
  const config = readConfig(home);
  const scorecards = scorecard === undefined ? undefined : scorecardsFrom(scorecard, userAgent);
  const sources = await approvedSources(config.sources, {
    environment: process.env,
    platform: process.platform,
  });
  const age = { now: new Date(), maxAgeDays: maxAgeDaysOf(config) };
  const data = openVulnerabilityData(vulnerabilityFile(home), age);
  return {
    context: {
      ...known,
      approvedSources: sources,
      ...(data && { vulnerabilities: data.vulnerabilities, epss: data.epss, kev: data.kev }),
      ...(scorecards && { scorecard: scorecards }),
      ...(sandbox && archive && { sandbox: sandboxOf(archive) }),
    },
    close: () => data?.close(),
  };
}

function sandboxOf(archive: Buffer): Sandbox {
  const searchPath = process.env.PATH ?? '';
  const node = nodeProgram(searchPath);
  if (node === undefined) {
    return { run: async () => ({ unavailable: 'The sandbox needs Node, and there is none on the PATH.' }) };
  }
  return bubblewrapSandbox(archive, {
    platform: process.platform,
    searchPath,
    node,
    temporary: os.tmpdir(),
    isRoot: process.getuid?.() === 0,
  });
}

/** A single executable is no Node to whoever starts it in a sandbox. */
function nodeProgram(searchPath: string): string | undefined {
  if (/^node(?:\.exe)?$/i.test(path.basename(process.execPath))) return process.execPath;
  return findProgram('node', { PATH: searchPath }, process.platform);
}
