/** Files that look like a secret, and would be in everybody's hands. Those of vendored packages are their publishers'. */
import type { BundleContent } from './collect.ts';
import type { Finding } from './finding.ts';
import { isVendored } from './vendored.ts';

const SECRET_NAME = new RegExp(
  `(^|/)(${[
    'id_(rsa|dsa|ecdsa|ed25519)',
    String.raw`\.ssh/[^/]+`,
    String.raw`\.aws/credentials`,
    String.raw`\.pgpass`,
    String.raw`\.dockerconfigjson`,
    String.raw`\.docker/config\.json`,
    '(client_secret|credentials|service[-_]?account)[^/]*[.]json',
    String.raw`(secret|token|password)s?\.txt`,
    String.raw`[^/]+\.(p12|pfx|jks|keystore|env)`,
  ].join('|')})$`,
  'i',
);
const MAY_BE_KEY = /(\.(pem|key|crt|cer|txt|json|ya?ml|cfg|conf)|(^|\/)[^.]+)$/i;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** A key is at its file's start. */
const LOOKED_AT_BYTES = 8192;

export function secretFindings(content: BundleContent): Finding[] {
  return [...content.paths]
    .filter((path) => !isVendored(path) && (SECRET_NAME.test(path) || holdsKey(path, content)))
    .sort()
    .map((path) => ({
      severity: 'warning',
      path,
      message: 'It looks like a secret, and everybody can read what is in a bundle.',
      remedy: 'Leave it out with a line in .mcpbignore.',
    }));
}

function holdsKey(path: string, content: BundleContent): boolean {
  return MAY_BE_KEY.test(path) && PRIVATE_KEY.test(content.read(path).toString('latin1', 0, LOOKED_AT_BYTES));
}
