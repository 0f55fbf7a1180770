/**
 * The variables of `mcp_config`: `${__dirname}`, `${user_config.key}`, `${HOME}`, `${/}` and their like, as in mcpb's
 * MANIFEST.md. Each text is read once from left to right: what a value brings in is never looked at again, so that a
 * password that contains `${HOME}` arrives as it is.
 */

/**
 * What stands for a variable. A list stands for several arguments; null, or an empty list, for a setting that is
 * declared and has no value.
 */
export type Variables = ReadonlyMap<string, string | readonly string[] | null>;

const PLACEHOLDER = /\$\{([^{}]*)\}/g;
const WHOLE_SETTING = /^\$\{(user_config\.[^{}]+)\}$/;

/**
 * A list cannot stand inside of a text: its placeholder stays as it is, and so does one that is not known. A setting
 * without a value is nothing there.
 */
export function substitute(text: string, variables: Variables): string {
  return text.replace(PLACEHOLDER, (placeholder, name: string) => {
    const value = variables.get(name);
    if (value === undefined) return placeholder;
    if (typeof value === 'string') return value;
    return isUnset(value) ? '' : placeholder;
  });
}

/** An argument that is a list becomes as many arguments as the list has. */
export function substituteArgs(args: readonly string[], variables: Variables): string[] {
  return args.flatMap((arg) => {
    const value = wholeSetting(arg, variables);
    return Array.isArray(value) ? value : [substitute(arg, variables)];
  });
}

/** A variable of the environment that is nothing but a setting without a value is left out. */
export function substituteEnv(
  env: Readonly<Record<string, string>>,
  variables: Variables,
): Record<string, string> {
  const entries = Object.entries(env).filter(([, text]) => !isUnset(wholeSetting(text, variables)));
  return Object.fromEntries(entries.map(([name, text]) => [name, substitute(text, variables)]));
}

/** mpak's own settings, among them a token, are for no bundle. MPAK_WORKSPACE is for every one. */
const OWN = /^MPAK_(?!WORKSPACE$)/i;

/**
 * The variables of the environment that give a setting its value: those that the manifest sets to nothing but it, and
 * that are not mpak's own.
 * @param env of the manifest, not yet substituted
 */
export function aliasesOf(key: string, env: Readonly<Record<string, string>>): string[] {
  return Object.keys(env).filter((name) => env[name] === `\${user_config.${key}}` && !OWN.test(name));
}

function wholeSetting(text: string, variables: Variables): string | readonly string[] | null | undefined {
  const name = WHOLE_SETTING.exec(text)?.[1];
  return name === undefined ? undefined : variables.get(name);
}

function isUnset(value: string | readonly string[] | null | undefined): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
