/** Provenance as the environment and the configuration set it up. Apart from context.ts: only some commands load it. */
import { readConfig } from '../lib/config/config.ts';
import { mpakHome } from '../lib/config/home.ts';
import { type ProvenanceSettings, provenanceSettings } from '../lib/provenance/settings.ts';

/** Where attestations are looked for and whom to trust. */
export function provenance(): ProvenanceSettings {
  const home = mpakHome(process.env);
  return provenanceSettings(process.env, home, readConfig(home));
}
