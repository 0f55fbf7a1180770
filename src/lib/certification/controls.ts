/** Every control there is, in the order of the catalogue. */
import type { Control } from './control.ts';
import { manifest } from './controls/ai-01-manifest.ts';
import { signing } from './controls/ai-03-signing.ts';
import { reproducible } from './controls/ai-04-reproducible.ts';
import { completeness } from './controls/ai-05-completeness.ts';
import { behaviour } from './controls/cq-06-behaviour.ts';
import { repository } from './controls/pr-01-repository.ts';
import { buildAttestation } from './controls/pr-03-build-attestation.ts';
import { commitLinkage } from './controls/pr-04-commit-linkage.ts';
import { repositoryHealth } from './controls/pr-05-repository-health.ts';

export const CONTROLS: readonly Control[] = [
  manifest, // AI-01
  completeness, // AI-05
  repository, // PR-01
  signing, // AI-03
  buildAttestation, // PR-03
  repositoryHealth, // PR-05
  reproducible, // AI-04
  behaviour, // CQ-06
  commitLinkage, // PR-04
];
