/**
 * The catalogue of the mpak Trust Framework: what a bundle is asked for at each level. It is data: the level of a
 * bundle is computed from it and from the controls' answers, in level.ts.
 */

export const CATALOGUE_VERSION = '0.1';

export const LEVELS = [1, 2, 3, 4] as const;
export type Level = (typeof LEVELS)[number];

/** In the order of reports: by level, then by domain. */
export const CATALOGUE = [
  { id: 'AI-01', level: 1, title: 'Valid manifest' },
  { id: 'SC-01', level: 1, title: 'Software bill of materials' },
  { id: 'CQ-01', level: 1, title: 'No embedded secrets' },
  { id: 'CQ-02', level: 1, title: 'No malicious patterns' },
  { id: 'CD-01', level: 1, title: 'Tools declared' },
  { id: 'AI-05', level: 2, title: 'Complete: every program accounted for' },
  { id: 'SC-02', level: 2, title: 'No known severe vulnerability' },
  { id: 'SC-03', level: 2, title: 'Dependencies pinned' },
  { id: 'SC-04', level: 2, title: 'Lockfile integrity' },
  { id: 'CQ-03', level: 2, title: 'Static analysis clean' },
  { id: 'CD-02', level: 2, title: 'Permissions declared' },
  { id: 'CD-03', level: 2, title: 'Safe descriptions' },
  { id: 'PR-01', level: 2, title: 'Source repository' },
  { id: 'PR-02', level: 2, title: 'Author identity' },
  { id: 'AI-03', level: 3, title: 'Signed' },
  { id: 'SC-05', level: 3, title: 'Trusted sources' },
  { id: 'CQ-04', level: 3, title: 'Inputs validated' },
  { id: 'CQ-05', level: 3, title: 'Safe execution' },
  { id: 'CD-04', level: 3, title: 'Credential scopes declared' },
  { id: 'CD-05', level: 3, title: 'Token lifetime declared' },
  { id: 'PR-03', level: 3, title: 'Build attestation' },
  { id: 'PR-05', level: 3, title: 'Repository health' },
  { id: 'AI-04', level: 4, title: 'Reproducible build' },
  { id: 'CQ-06', level: 4, title: 'Behaviour as declared' },
  { id: 'PR-04', level: 4, title: 'Commit linkage' },
] as const satisfies readonly CatalogueEntry[];

export interface CatalogueEntry {
  readonly id: string;
  /** The lowest level that asks for it. */
  readonly level: Level;
  readonly title: string;
}

export type ControlId = (typeof CATALOGUE)[number]['id'];

export function catalogueEntry(id: ControlId): CatalogueEntry & { readonly id: ControlId } {
  return CATALOGUE.find((entry) => entry.id === id) as CatalogueEntry & { id: ControlId };
}
