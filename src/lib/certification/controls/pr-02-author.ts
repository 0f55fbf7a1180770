/**
 * PR-02: an author with a name and an address, and a publisher whose identity was verified by OIDC: by the registry at
 * announce, or by the certificate of an attestation. The package belongs to that publisher, and the repository that it names
 * is the one that it comes from.
 */
import { MANIFEST_PATH } from '../../bundle/manifest.ts';
import type { Context } from '../context.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import { objectOf, textOf } from '../safe-json.ts';

/** One address, no list of them and no display name. */
const ADDRESS = /^[^\s@<>",;:\\()[\]]{1,64}@[^\s@<>",;:\\()[\]]{1,255}\.[^\s@<>",;:\\()[\].]{2,63}$/u;
const LONGEST_NAME = 200;
const CONTROL_OR_HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

export const author = control('PR-02', {
  check({ manifest }, context) {
    const json = 'json' in manifest ? manifest.json : undefined;
    const { name, email } = objectOf(json?.author) ?? {};
    const findings: Finding[] = [];
    const who = textOf(name)?.trim() ?? '';
    if (who === '' || who.length > LONGEST_NAME || CONTROL_OR_HIDDEN.test(who)) {
      findings.push(finding('The author has no name', 'Give `author.name`.'));
    }
    if (!ADDRESS.test(textOf(email) ?? '')) {
      findings.push(finding('The author has no e-mail address', 'Give `author.email` one address.'));
    }
    const publisher = publisherOf(context);
    if (publisher === undefined) {
      const skip =
        'Who publishes it is verified when it is announced, or by an attestation: neither is there.';
      return { skip, findings };
    }
    const scope = /^@([^/]+)\//.exec(textOf(json?.name) ?? '')?.[1];
    if (scope !== undefined && scope.toLowerCase() !== publisher.owner.toLowerCase()) {
      findings.push(
        finding(
          `It is published by ${publisher.owner}, who does not own @${scope}`,
          'Publish it from the owner’s repository.',
        ),
      );
    }
    const declared = repositoryOf(textOf(objectOf(json?.repository)?.url) ?? textOf(json?.repository));
    const actual = `github.com/${publisher.repository}`;
    if (declared !== undefined && declared !== actual.toLowerCase()) {
      findings.push(
        finding(
          `It names another repository than ${actual}, which it is published from`,
          'Give `repository.url` the address of the repository that publishes it.',
        ),
      );
    }
    return { findings };
  },
});

/** Who was verified, as `owner` and `owner/repo` at GitHub. */
function publisherOf({ registry, attestation }: Context): { owner: string; repository: string } | undefined {
  if (registry !== undefined) return { owner: registry.owner, repository: registry.repository };
  const repository = /^https:\/\/github\.com\/([^/]+\/[^/]+)$/.exec(attestation?.sourceRepository ?? '')?.[1];
  return repository === undefined ? undefined : { owner: repository.split('/')[0] as string, repository };
}

/** `host/owner/repo` in lower case. */
function repositoryOf(text: string | undefined): string | undefined {
  const url = URL.parse(text?.replace(/^git\+/, '') ?? '');
  if (url === null) return undefined;
  const [owner, name] = url.pathname.split('/').filter((each) => each !== '');
  return `${url.hostname}/${owner}/${name?.replace(/\.git$/, '')}`.toLowerCase();
}

function finding(title: string, remedy: string): Finding {
  return { severity: 'medium', file: MANIFEST_PATH, line: null, title, remedy, blocks: 2 };
}
