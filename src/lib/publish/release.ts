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
  const event = releaseOfEvent(environment);
  if (tag !== undefined) {
    return { tag: checkedTag(tag), prerelease: event?.tag === tag ? event.prerelease : undefined };
  }
  if (event !== undefined) return event;
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

function releaseOfEvent({ GITHUB_EVENT_NAME, GITHUB_EVENT_PATH }: Environment): ReleaseReference | undefined {
  if (GITHUB_EVENT_NAME !== 'release' || !GITHUB_EVENT_PATH) return undefined;
  let json: unknown;
  try {
    if (statSync(GITHUB_EVENT_PATH).size > MAX_EVENT_BYTES) throw new Error('too large');
    json = JSON.parse(readFileSync(GITHUB_EVENT_PATH, 'utf8'));
  } catch {
    json = undefined;
  }
  const parsed = eventSchema.safeParse(json);
  if (parsed.success) {
    const { tag_name, prerelease } = parsed.data.release;
    return { tag: checkedTag(tag_name), prerelease };
  }
  throw new MpakError('RELEASE_UNKNOWN', 'GITHUB_EVENT_PATH holds no release event.', {
    hint: 'The runner writes that file. Give the tag with `--tag` instead.',
  });
}

/** As long as a registry takes, on one line. */
function checkedTag(tag: string): string {
  if (tag !== '' && tag.length <= 1024 && !/\p{Cc}/u.test(tag)) return tag;
  throw new MpakError('USAGE', 'A tag has 1 to 1024 characters, none of them a control character.', {
    hint: 'Give the tag of a release.',
  });
}
