/** The word that mpak starts itself with, to ask the keychain in a process of its own. */
export const KEYCHAIN_WORD = '--ask-keychain';
