/** What the registry's own routes work with, beyond what the read routes need. */
import type { Attestations } from './attestations.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { GitHub } from './github.ts';
import type { Handler, Route, Services } from './http.ts';
import type { KeyRing } from './key-ring.ts';
import type { LogPages } from './log-pages.ts';
import type { Metrics } from './metrics.ts';
import type { TokenVerifier } from './oidc.ts';
import type { Rules } from './rules.ts';
import type { Turns } from './turns.ts';

export interface RegistryServices extends Services {
  readonly checkpoints: Checkpoints;
  readonly keys: KeyRing;
  readonly logPages: LogPages;
  readonly snapshotFolder: string;
  readonly tokens: TokenVerifier;
  readonly github: GitHub;
  readonly attestations: Attestations;
  /** Name of the log. */
  readonly origin: string;
  /** Where clients and readers reach the registry, without a slash at its end. */
  readonly publicUrl: string;
  /** Whether pages for people are served. */
  readonly pages: boolean;
  /** What a token that announces must name. */
  readonly terms: { readonly issuer: string; readonly audience: string };
  readonly turns: Turns;
  readonly rules: Rules;
  readonly admitOwner: (ownerId: string) => Promise<void>;
  readonly scanning: boolean;
  readonly metrics: Metrics;
  readonly onGrown: () => void;
}

export type RegistryRoute = Route<RegistryServices>;
export type RegistryHandler = Handler<RegistryServices>;
