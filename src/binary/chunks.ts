/** Which assets the program is: scripts/sea.ts puts the real table here when it builds an executable. */

/** The chunk that the program starts with; its export is `main(argv)`. */
export const program: string = '';

export interface ChunkForm {
  /** Plain ASCII is decoded as latin1, which costs nothing. */
  readonly encoding: 'latin1' | 'utf8';
  /** `<name>.cache` is its code cache. */
  readonly cached: boolean;
  /** Its text is compressed (packed.ts). */
  readonly packed: boolean;
}

export const chunks: Readonly<Record<string, ChunkForm>> = {};
