/** Flags that several commands of `mpak-registry` take. */
import { Flags } from '@oclif/core';

export const dataFlag = Flags.string({
  description: 'Folder of the registry: its database, its signing key and its snapshots.',
  env: 'MPAK_REGISTRY_DATA',
  helpValue: 'DIR',
  required: true,
});
