/** How a package that is no bundle is started, by the programs of others. */
import type { OtherPackage } from './crawled-types.ts';

/** A command line to read and copy; what is in it was checked where it came from. */
export function runCommand({ type, identifier, version }: OtherPackage): string {
  switch (type) {
    case 'npm':
      return `npx -y ${identifier}${version === null ? '' : `@${version}`}`;
    case 'pypi':
      return `uvx ${identifier}${version === null ? '' : `@${version}`}`;
    case 'oci':
      return `docker run --rm -i ${identifier}${version === null ? '' : `:${version}`}`;
  }
}
