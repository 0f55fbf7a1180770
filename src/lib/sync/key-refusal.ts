import { MpakError } from '../errors.ts';
import { fingerprint } from '../log/key.ts';

/** The error for a checkpoint that is signed by a key which no trusted key has named. */
export function keyNotPinned(kid: string, pinned: string): MpakError {
  return new MpakError(
    'KEY_NOT_PINNED',
    `The registry signs with ${fingerprint(kid)}, and this index trusts ${fingerprint(pinned)}.`,
    {
      hint: 'Nothing was changed. Ask the operator, by another way than this registry, which key is right.',
    },
  );
}
