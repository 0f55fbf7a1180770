/** Every control there is, in the order of the catalogue. */
import type { Control } from './control.ts';
import { manifest } from './controls/ai-01-manifest.ts';
import { completeness } from './controls/ai-05-completeness.ts';
import { descriptions } from './controls/cd-03-descriptions.ts';
import { secrets } from './controls/cq-01-secrets.ts';
import { malware } from './controls/cq-02-malware.ts';
import { repository } from './controls/pr-01-repository.ts';

export const CONTROLS: readonly Control[] = [
  manifest, // AI-01
  secrets, // CQ-01
  malware, // CQ-02
  completeness, // AI-05
  descriptions, // CD-03
  repository, // PR-01
];
