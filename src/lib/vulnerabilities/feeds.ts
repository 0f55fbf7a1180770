/** Where vulnerability data is from, unless configuration says another place: the addresses that its makers document. */

/** Ecosystems that are looked up, by the purl type of their packages, as OSV calls them. */
export const ECOSYSTEMS = { npm: 'npm', pypi: 'PyPI' } as const;
export type PackageType = keyof typeof ECOSYSTEMS;

export interface Feeds {
  /** https://google.github.io/osv.dev/data/#data-dumps: `<ecosystem>/all.zip` is below it. */
  readonly osv: string;
  /** https://www.first.org/epss/data_stats */
  readonly epss: string;
  /** https://www.cisa.gov/known-exploited-vulnerabilities-catalog */
  readonly kev: string;
}

export const DEFAULT_FEEDS: Feeds = {
  osv: 'https://osv-vulnerabilities.storage.googleapis.com',
  epss: 'https://epss.empiricalsecurity.com/epss_scores-current.csv.gz',
  kev: 'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json',
};

/** Data that is older does not say what is known. */
export const DEFAULT_MAX_AGE_DAYS = 30;
/** That may be set. */
export const LONGEST_AGE_DAYS = 3650;

/** What is kept under a name of its own, and replaced as a whole. */
export type FeedName = `osv:${PackageType}` | 'epss' | 'kev';

export const FEED_NAMES: readonly FeedName[] = ['osv:npm', 'osv:pypi', 'epss', 'kev'];

/** How the file of a feed is called in a folder, or below the URL of a mirror. */
export const FEED_FILES: Readonly<Record<FeedName, string>> = {
  'osv:npm': 'npm/all.zip',
  'osv:pypi': 'PyPI/all.zip',
  epss: 'epss_scores-current.csv.gz',
  kev: 'known_exploited_vulnerabilities.json',
};

export function isOsv(name: FeedName): name is `osv:${PackageType}` {
  return name.startsWith('osv:');
}

export function typeOf(name: `osv:${PackageType}`): PackageType {
  return name.slice('osv:'.length) as PackageType;
}
