/** Which release a workflow is about: from the event that started it, or as it was told. */
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { MpakError } from '../errors.ts';
import type { Environment } from './actions-environment.ts';

/** GitHub caps an event's payload at 25 MB. */
const MAX_EVENT_BYTES = 32 * 1024 * 1024;

export interface ReleaseReference {
  readonly tag: string;
  /** Undefined where the event does not say. */
  readonly prerelease: boolean | undefined;
}

const eventSchema = z.object({ release: z.object({ tag_name: z.string(), prerelease: z.boolean() }) });

/**
 * @param tag as the user gave it; undefined to find it
 * @throws MpakError RELEASE_UNKNOWN, USAGE
 */
export function findRelease(environment: Environment, tag: string | undefined): ReleaseReference {
  const isRelease = environment.GITHUB_EVENT_NAME === 'release' && Boolean(environment.GITHUB_EVENT_PATH);
  const event = isRelease ? releaseOfEvent(environment.GITHUB_EVENT_PATH) : undefined;
  if (tag !== undefined) {
    return { tag: checkedTag(tag), prerelease: event?.tag === tag ? event.prerelease : undefined };
  }
  if (event !== undefined) return { ...event, tag: checkedTag(event.tag) };
  if (isRelease) {
    throw new MpakError('RELEASE_UNKNOWN', 'GITHUB_EVENT_PATH holds no release event.', {
      hint: 'The runner writes that file. Give the tag with `--tag` instead.',
    });
  }
  const { GITHUB_REF_TYPE, GITHUB_REF_NAME } = environment;
  if (GITHUB_REF_TYPE === 'tag' && GITHUB_REF_NAME) {
    return { tag: checkedTag(GITHUB_REF_NAME), prerelease: undefined };
  }
  throw new MpakError(
    'RELEASE_UNKNOWN',
    'Nothing says which release this is: no release event, no pushed tag.',
    {
      hint: 'Start the workflow with `on: release: types: [published]`, or give `--tag`.',
    },
  );
}

/** Undefined when the file holds none. */
function releaseOfEvent(file = ''): ReleaseReference | undefined {
  let json: unknown;
  try {
    if (statSync(file).size > MAX_EVENT_BYTES) return undefined;
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
  const parsed = eventSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { tag_name, prerelease } = parsed.data.release;
  return { tag: tag_name, prerelease };
}

/** As long as a registry takes, on one line. */
function checkedTag(tag: string): string {
  if (tag !== '' && tag.length <= 1024 && !/\p{Cc}/u.test(tag)) return tag;
  throw new MpakError('USAGE', 'A tag has 1 to 1024 characters, none of them a control character.', {
    hint: 'Give the tag of a release.',
  });
}
