/** Names of the assets of an executable besides the chunks of its program. */
export const ADDON_ASSET = 'better_sqlite3.node';
/** The sha256 of the addon, in hexadecimal. */
export const ADDON_HASH_ASSET = 'better_sqlite3.node.sha256';
