/** What a search asks for: the query of GET /v1/bundles/search, and of the page that people search on. */
import {
  ARCHITECTURES,
  OPERATING_SYSTEMS,
  SERVER_TYPES,
  type SearchQuery,
  SORTS,
} from '../../src/lib/index/bundle-types.ts';
import { choiceQuery, integerQuery, readQuery, textQuery } from './parameters.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
const MAX_OFFSET = 1_000_000;

export const searchSchema = {
  q: textQuery.describe('As typed: words of names, descriptions, keywords, authors and tools.'),
  type: choiceQuery(SERVER_TYPES).describe('Kind of server.'),
  certified: integerQuery({ min: 1, max: 4 }).describe('Certified at this level or above.'),
  os: choiceQuery(OPERATING_SYSTEMS).describe('Runs on this system.'),
  arch: choiceQuery(ARCHITECTURES).describe('Runs on this processor.'),
  sort: choiceQuery(SORTS).describe('Default: relevance with words, downloads without.'),
  limit: integerQuery({ min: 1, max: MAX_LIMIT }).describe(`Default: ${DEFAULT_LIMIT}.`),
  offset: integerQuery({ min: 0, max: MAX_OFFSET }).describe('Results to skip.'),
};

/** @throws HttpError 400 */
export function searchQuery(query: URLSearchParams): SearchQuery {
  const { sort, limit = DEFAULT_LIMIT, offset = 0, ...wanted } = readQuery(query, searchSchema);
  // Nothing is relevant to no query.
  const order = sort === 'relevance' && (wanted.q ?? '').trim() === '' ? 'downloads' : sort;
  return { ...wanted, ...(order === undefined ? {} : { sort: order }), limit, offset };
}
