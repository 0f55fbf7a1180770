/**
 * For whom a token is asked. The registry says for whom it wants one, and a registry may be hostile: a token for
 * somebody else, in its hands, would be the workflow's identity there (docs/publishing.md, "Whom a token is for").
 */
import { MpakError } from '../errors.ts';

/** What registries want that do not say. */
export const DEFAULT_AUDIENCE = 'https://mpak.dev';

/**
 * @param choice.registry where the token will be sent
 * @param choice.asked what the registry asks for; undefined when it does not say
 * @param choice.explicit what the user allows, which then has to be what is asked for
 * @throws MpakError AUDIENCE_REFUSED
 */
export function chooseAudience(choice: {
  readonly registry: URL;
  readonly asked: string | undefined;
  readonly explicit: string | undefined;
}): string {
  const { registry, asked, explicit } = choice;
  const { host } = registry;
  if (explicit !== undefined) {
    if (asked === undefined || asked === explicit) return explicit;
    throw new MpakError(
      'AUDIENCE_REFUSED',
      `The registry ${host} asks for a token for ${quoted(asked)}, and ${quoted(explicit)} was allowed.`,
      {
        hint: 'No token was asked for. Allow what it asks for, with --audience, only if you know whose it is.',
      },
    );
  }
  const audience = asked ?? DEFAULT_AUDIENCE;
  if (belongsTo(audience, registry)) return audience;
  const what =
    asked === undefined ? 'does not say for whom it wants a token, which would be' : 'asks for a token for';
  throw new MpakError(
    'AUDIENCE_REFUSED',
    `The registry ${host} ${what} ${quoted(audience)}: it could use it there in your name.`,
    {
      hint: `No token was asked for. If the registry may have it, say so: \`--audience ${printableArgument(audience)}\`.`,
    },
  );
}

/**
 * Whether the audience is the registry's own host; or mpak.dev's, for a registry below it. A domain above another
 * registry may be shared with strangers, as github.io and co.uk are, and which are is known from a list that ages alone.
 */
function belongsTo(audience: string, registry: URL): boolean {
  const url = /^https?:\/\//.test(audience) && URL.canParse(audience) ? new URL(audience) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '') return false;
  if (url.hostname === registry.hostname) return true;
  const own = new URL(DEFAULT_AUDIENCE);
  return url.origin === own.origin && registry.hostname.endsWith(`.${own.hostname}`);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

/** Something to be copied into a shell comes from outside here: only what is harmless there. */
function printableArgument(audience: string): string {
  return /^[\w.:/-]{1,200}$/.test(audience) ? audience : 'AUDIENCE';
}
