/** The index that a package's name means, and what has to be said of that: on stderr. */
import type { PackageName } from '../lib/bundle/name.ts';
import type { BundleCache } from '../lib/cache/bundle-cache.ts';
import { MpakError } from '../lib/errors.ts';
import { type Located, locate } from '../lib/install/locate.ts';
import { chosenRegistries, type RegistryIndex, registryIndexes } from './context.ts';

interface RegistryFlags {
  readonly registry: string | undefined;
}

/**
 * The index that a name means, for who looks at it.
 * @param note told of the same name elsewhere
 * @throws MpakError as locate.ts says
 */
export function packageIndex(
  flags: RegistryFlags,
  name: PackageName,
  note: (text: string) => void,
): RegistryIndex {
  const located = locate(registryIndexes(flags), name);
  for (const text of elsewhereNotes(located, name)) note(text);
  return located.index;
}

/**
 * The same for who installs: a package that is installed stays with the registry that it came from, as long as that is
 * configured and no other is named. Were it taken from the next one that has the name, a package that disappears from
 * its registry would be another one at the next installation.
 * @throws MpakError NOT_FOUND when its registry does not have it any more, and as locate.ts says
 */
export function installIndex(
  flags: RegistryFlags,
  name: PackageName,
  cache: BundleCache,
  note: (text: string) => void,
): RegistryIndex {
  const indexes = registryIndexes(flags);
  const origin = chosenRegistries(flags).isNamed ? undefined : cache.baseline(name)?.receipt.registry;
  const home = indexes.find(({ store }) => store.label === origin);
  if (home === undefined || indexes.length === 1) return packageIndex(flags, name, note);
  try {
    const located = locate(indexes, name);
    if (located.index === home) {
      for (const text of elsewhereNotes(located, name)) note(text);
    } else if (indexes.indexOf(located.index) < indexes.indexOf(home)) {
      note(
        `${name} is installed from ${home.name} and stays with it; ${located.index.name}, which comes first, has that ` +
          `name too: \`--registry ${located.index.name}\` changes to it.`,
      );
    } else {
      note(
        `${name} is installed from ${home.name}, which does not have it any more. ${located.index.name} has that ` +
          `name, and it may be another package: \`--registry ${located.index.name}\` takes it from there.`,
      );
    }
  } catch (error) {
    // Its own registry is asked all the same, and says what is to be said.
    if (!(error instanceof MpakError)) throw error;
  }
  return home;
}

function elsewhereNotes({ index, others }: Located, name: PackageName): string[] {
  const different = others.filter(({ content }) => content !== 'same');
  return different.map(({ index: other, content }) =>
    content === 'other'
      ? `${name} is in ${other.name} too, with other content. ${index.name} comes first and is meant; ` +
        `\`--registry ${other.name}\` means the other.`
      : `${name} is in ${other.name} too; whether it is the same there is not known. ${index.name} comes first ` +
        'and is meant.',
  );
}
