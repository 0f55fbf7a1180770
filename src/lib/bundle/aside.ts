/** How the name of a folder begins that an extraction works in; one that was killed leaves it behind. */
export const ASIDE_PREFIX = '.aside-';
