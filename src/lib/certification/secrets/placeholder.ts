/** What stands where a secret would be in examples: words, templates, and rows of characters that nobody's key has. */

const TEMPLATE = /[<>{}\s…]|\$[A-Za-z_(]|%[A-Za-z_]+%|^%[sv]$|\.\.\./;
const MADE_UP = /example|x{5,}|\*{3,}|0{7,}|placeholder|changeme|replace[-_]?me|redacted|dummy|your[-_]/i;

/** As people name it, not as anybody would choose it. */
const WORDS =
  /^(?:my|your|the|a|some|db|user|super|very|real|test|strong|secure|[-_.!])*(?:pass(?:word|wd|phrase)?|passwd|pwd|pw|secret|token|key|change[-_]?me|example|admin|root|user(?:name)?|test|guest|foo(?:bar)?|bar|letmein|hunter|postgres|mysql|redis|mongo|none|null|undefined|default|todo|dummy|fake|sample|placeholder|redacted|xxx+|abc|qwerty)?(?:here|[-_.!])*$/i;
const NUMBERED =
  /^(?:pass(?:word|wd)?|pwd|key|token|secret|test|admin|root|user|abc|qwerty|foo)[-_]?[\d!]{0,4}$/;

/** @param token its random part: long */
export function isMadeUpToken(token: string): boolean {
  if (TEMPLATE.test(token) || MADE_UP.test(token)) return true;
  if (new Set(token).size < 6) return true;
  let steps = 0;
  for (let at = 1; at < token.length; at += 1) {
    const step = token.charCodeAt(at) - token.charCodeAt(at - 1);
    if (step === 0 || step === 1 || token.startsWith('90', at - 1)) steps += 1;
  }
  return steps > 0.75 * (token.length - 1);
}

/** @param password decoded from no URL */
export function isMadeUpPassword(password: string): boolean {
  if (password.length < 5 || TEMPLATE.test(password) || MADE_UP.test(password)) return true;
  if (password.startsWith('$') || password.startsWith(':') || /["'`\\|]/.test(password)) return true;
  if (WORDS.test(password) || NUMBERED.test(password)) return true;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length;
  return new Set(password).size < 4 || (kinds < 2 && password.length < 16) || /^\d+$/.test(password);
}
