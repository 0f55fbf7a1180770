/** Every control there is, in the order of the catalogue. */
import type { Control } from './control.ts';
import { manifest } from './controls/ai-01-manifest.ts';
import { completeness } from './controls/ai-05-completeness.ts';
import { tools } from './controls/cd-01-tools.ts';
import { permissions } from './controls/cd-02-permissions.ts';
import { scopes } from './controls/cd-04-scopes.ts';
import { tokenLifetime } from './controls/cd-05-token-lifetime.ts';
import { staticAnalysis } from './controls/cq-03-static-analysis.ts';
import { inputValidation } from './controls/cq-04-input-validation.ts';
import { execution } from './controls/cq-05-execution.ts';
import { repository } from './controls/pr-01-repository.ts';

export const CONTROLS: readonly Control[] = [
  manifest, // AI-01
  tools, // CD-01
  completeness, // AI-05
  staticAnalysis, // CQ-03
  permissions, // CD-02
  repository, // PR-01
  inputValidation, // CQ-04
  execution, // CQ-05
  scopes, // CD-04
  tokenLifetime, // CD-05
];
