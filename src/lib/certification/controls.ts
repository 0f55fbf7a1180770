/** Every control there is, in the order of the catalogue. */
import type { Control } from './control.ts';
import { manifest } from './controls/ai-01-manifest.ts';
import { completeness } from './controls/ai-05-completeness.ts';
import { repository } from './controls/pr-01-repository.ts';
import { sbom } from './controls/sc-01-sbom.ts';

export const CONTROLS: readonly Control[] = [
  manifest, // AI-01
  sbom, // SC-01
  completeness, // AI-05
  repository, // PR-01
];
