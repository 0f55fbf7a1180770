/**
 * Packages whose first line costs more than most starts take. Their default export is a function: in our bundles it is
 * one that loads the package when it is called.
 */

/** string-width builds its tables of Unicode, which asks all of ICU in: most text is ASCII and needs none of it. */
const LAZY = ['string-width'];

const PREFIX = '\0lazy:';

export function lazyPackage(source: string, importer: string | undefined): string | undefined {
  return LAZY.includes(source) && importer?.includes('node_modules') === false && !importer.startsWith(PREFIX)
    ? PREFIX + source
    : undefined;
}

export function lazyPackageCode(id: string): string | undefined {
  if (!id.startsWith(PREFIX)) return undefined;
  return `module.exports = (...args) => require(${JSON.stringify(id.slice(PREFIX.length))}).default(...args);`;
}
