/** PR-01: an https repository URL on a known host. */
import { MANIFEST_PATH } from '../../bundle/manifest.ts';
import { control } from '../control.ts';
import { objectOf, textOf } from '../safe-json.ts';

/** Public hosts of source code. */
const HOSTS = new Set(['github.com', 'gitlab.com', 'bitbucket.org', 'codeberg.org']);

export const repository = control('PR-01', {
  check({ manifest }) {
    const declared = 'json' in manifest ? manifest.json.repository : undefined;
    const url = textOf(objectOf(declared)?.url) ?? textOf(declared);
    const wrong = problemOf(url);
    if (wrong === undefined) return { findings: [] };
    return {
      findings: [
        {
          severity: 'medium',
          file: MANIFEST_PATH,
          line: null,
          title: wrong,
          remedy:
            'Give `repository.url` the https address of the source, such as https://github.com/OWNER/REPO.',
          blocks: 2,
        },
      ],
    };
  },
});

function problemOf(text: string | undefined): string | undefined {
  if (text === undefined) return 'The manifest names no repository';
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:') return 'The repository has no https URL';
  if (url.username !== '' || url.password !== '' || url.port !== '')
    return 'The repository URL has credentials or a port';
  if (!HOSTS.has(url.hostname)) return 'The repository is on no known host';
  const [owner, name] = url.pathname
    .replace(/\.git\/?$/, '')
    .split('/')
    .filter((each) => each !== '');
  return owner === undefined || name === undefined ? 'The repository URL names no repository' : undefined;
}
