/** What a publisher says about versions that are published: that they are superseded, or must not be installed. */
import semver from 'semver';
import { z } from 'zod';
import { type PackageName, parsePackageName, parsePackageReference } from '../bundle/name.ts';
import { MpakError } from '../errors.ts';
import type { PublisherClient } from './publisher-client.ts';
import { type Warning, warningsSchema } from './registry-answer.ts';

export const DEPRECATE_PATH = '/v1/bundles/deprecate';
export const YANK_PATH = '/v1/bundles/yank';

/** A sentence or two; a log keeps no more than 4096. */
const MAX_TEXT = 1024;

export interface DeprecationBody {
  readonly name: PackageName;
  /** A version, a range, or `*`. */
  readonly versions: string;
  readonly message: string;
  readonly successor?: PackageName;
}

export interface YankBody {
  readonly name: PackageName;
  readonly version: string;
  readonly reason: string;
}

export interface StandingAnswer {
  readonly status: 'created' | 'updated';
  readonly warnings: readonly Warning[];
}

const answerSchema = z.object({ status: z.enum(['created', 'updated']), warnings: warningsSchema });

/** @param reference `@scope/name`, or with a version or range behind another @ @throws MpakError USAGE */
export function deprecationOf(
  reference: string,
  { message, successor }: { message: string; successor: string | undefined },
): DeprecationBody {
  const { name, version: versions = '*' } = parseReference(reference);
  // Nothing behind the @, or one alternative that is nothing, would be every version there is.
  const isEmpty = versions.split('||').some((range) => range.trim() === '');
  if (isEmpty || reference.endsWith('@') || semver.validRange(versions) === null) {
    throw usage(
      isEmpty || reference.endsWith('@')
        ? 'An empty range would be every version: say so with no @, or with *.'
        : `${JSON.stringify(versions)} is no version and no range.`,
      'Give it as @scope/name@^1.0.0.',
    );
  }
  const replaced = successor === undefined ? undefined : parsePackageName(successor);
  if (successor !== undefined && replaced === undefined) {
    throw usage(`${JSON.stringify(successor)} is no package.`, 'Give the successor as @scope/name.');
  }
  return {
    name,
    versions,
    message: checkedText(message, '--message'),
    ...(replaced !== undefined && { successor: replaced }),
  };
}

/** @param reference `@scope/name@version` @throws MpakError USAGE */
export function yankOf(reference: string, reason: string): YankBody {
  const { name, version } = parseReference(reference);
  if (version === undefined || semver.valid(version) !== version) {
    throw usage('One exact version is yanked at a time.', `Give it as ${name}@1.2.0.`);
  }
  return { name, version, reason: checkedText(reason, '--reason') };
}

export function deprecate(client: PublisherClient, body: DeprecationBody): Promise<StandingAnswer> {
  const what = `the deprecation of ${body.name} ${body.versions}`;
  return client.post(DEPRECATE_PATH, JSON.stringify(body), what, answerSchema);
}

export function yank(client: PublisherClient, body: YankBody): Promise<StandingAnswer> {
  return client.post(
    YANK_PATH,
    JSON.stringify(body),
    `the yank of ${body.name} ${body.version}`,
    answerSchema,
  );
}

function parseReference(text: string): { name: PackageName; version: string | undefined } {
  const reference = parsePackageReference(text);
  if (reference !== undefined) return reference;
  throw usage(
    `${JSON.stringify(text)} is no package.`,
    'Give it as @scope/name, with a version behind another @.',
  );
}

function checkedText(text: string, flag: string): string {
  const trimmed = text.trim();
  if (trimmed !== '' && trimmed.length <= MAX_TEXT && !/\p{Cc}/u.test(trimmed)) return trimmed;
  throw usage(
    `${flag} takes 1 to ${MAX_TEXT} characters on one line.`,
    'Say in a sentence what users should know.',
  );
}

function usage(message: string, hint: string): MpakError {
  return new MpakError('USAGE', message, { hint });
}
