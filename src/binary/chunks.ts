/** Which assets the program is: scripts/sea.ts puts the real table here when it builds an executable. */

/** The chunk that the program starts with; its export is `main(argv)`. */
export const program: string = '';

/** Plain ASCII is decoded as latin1, which costs nothing. With `cached`, `<name>.cache` is its code cache. */
export const chunks: Readonly<
  Record<string, { readonly encoding: 'latin1' | 'utf8'; readonly cached: boolean }>
> = {};
