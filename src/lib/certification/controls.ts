/** Every control there is, in the order of the catalogue. */
import type { Control } from './control.ts';
import { manifest } from './controls/ai-01-manifest.ts';
import { signing } from './controls/ai-03-signing.ts';
import { reproducible } from './controls/ai-04-reproducible.ts';
import { completeness } from './controls/ai-05-completeness.ts';
import { tools } from './controls/cd-01-tools.ts';
import { permissions } from './controls/cd-02-permissions.ts';
import { descriptions } from './controls/cd-03-descriptions.ts';
import { scopes } from './controls/cd-04-scopes.ts';
import { tokenLifetime } from './controls/cd-05-token-lifetime.ts';
import { secrets } from './controls/cq-01-secrets.ts';
import { malware } from './controls/cq-02-malware.ts';
import { staticAnalysis } from './controls/cq-03-static-analysis.ts';
import { inputValidation } from './controls/cq-04-input-validation.ts';
import { execution } from './controls/cq-05-execution.ts';
import { behaviour } from './controls/cq-06-behaviour.ts';
import { repository } from './controls/pr-01-repository.ts';
import { author } from './controls/pr-02-author.ts';
import { buildAttestation } from './controls/pr-03-build-attestation.ts';
import { commitLinkage } from './controls/pr-04-commit-linkage.ts';
import { repositoryHealth } from './controls/pr-05-repository-health.ts';
import { sbom } from './controls/sc-01-sbom.ts';
import { vulnerabilities } from './controls/sc-02-vulnerabilities.ts';
import { pinning } from './controls/sc-03-pinning.ts';
import { lockfileIntegrity } from './controls/sc-04-lockfile.ts';
import { sources } from './controls/sc-05-sources.ts';

export const CONTROLS: readonly Control[] = [
  manifest, // AI-01
  sbom, // SC-01
  secrets, // CQ-01
  malware, // CQ-02
  tools, // CD-01
  completeness, // AI-05
  vulnerabilities, // SC-02
  pinning, // SC-03
  lockfileIntegrity, // SC-04
  staticAnalysis, // CQ-03
  permissions, // CD-02
  descriptions, // CD-03
  repository, // PR-01
  author, // PR-02
  signing, // AI-03
  sources, // SC-05
  inputValidation, // CQ-04
  execution, // CQ-05
  scopes, // CD-04
  tokenLifetime, // CD-05
  buildAttestation, // PR-03
  repositoryHealth, // PR-05
  reproducible, // AI-04
  behaviour, // CQ-06
  commitLinkage, // PR-04
];
