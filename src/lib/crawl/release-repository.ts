/** Whose an asset is, by where it lies: who uploads to a release on GitHub has the repository. */

/**
 * @param url of an artifact
 * @param api GitHub's REST API: its releases are on github.com, and those of another on its own host
 * @returns `Owner/repo`; undefined for any other place, which says nothing of who may upload to it
 */
export function releaseRepository(url: string, api: URL): string | undefined {
  const asset = URL.parse(url);
  if (asset === null || asset.username !== '' || asset.password !== '') return undefined;
  const isGitHub =
    api.host === 'api.github.com'
      ? asset.host === 'github.com' && asset.protocol === 'https:'
      : asset.host === api.host && asset.protocol === api.protocol;
  if (!isGitHub) return undefined;
  return /^\/([A-Za-z0-9-]{1,39}\/[A-Za-z0-9_.-]{1,100})\/releases\/download\/[^/]+\/[^/]+$/.exec(
    asset.pathname,
  )?.[1];
}
