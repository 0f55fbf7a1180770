/** The files that a manifest counts on: entry point, icons, screenshots, and what `mcp_config` starts and passes on. */
import type { BundleManifest } from '../bundle/manifest.ts';
import { MANIFEST_PATH } from '../bundle/manifest.ts';
import type { BundleContent } from './collect.ts';
import type { Finding } from './finding.ts';

interface Reference {
  /** In the manifest. */
  readonly at: string;
  readonly path: string;
  readonly kind: 'file' | 'program' | 'argument' | 'variable' | 'icon';
}

interface PlatformConfig {
  readonly command?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

const OWN_FOLDER = /\$\{__dirname\}(?:\/|\\|\$\{\/\})?((?:[^\s"'$:;,={}]|\$\{\/\})*)/g;
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

/** @param isLater whether a file that is not there yet will be vendored */
export function referenceFindings(
  manifest: BundleManifest,
  content: BundleContent,
  isLater: (path: string) => boolean,
): Finding[] {
  return references(manifest).flatMap((reference) => judge(reference, content, isLater));
}

function references(manifest: BundleManifest): Reference[] {
  const { server, icon, screenshots = [] } = manifest;
  const icons = 'icons' in manifest ? (manifest.icons ?? []) : [];
  const found: Reference[] = [];
  const add = (kind: Reference['kind'], at: string, path: string | undefined) => {
    if (path !== undefined) found.push({ at, path, kind });
  };
  add(server.type === 'binary' ? 'program' : 'file', 'server.entry_point', server.entry_point);
  add('icon', 'icon', icon);
  for (const [index, { src }] of icons.entries()) add('icon', `icons.${index}.src`, src);
  for (const [index, screenshot] of screenshots.entries()) add('icon', `screenshots.${index}`, screenshot);
  const config = server.mcp_config;
  if (config === undefined) return found;
  const { platform_overrides: overrides = {} } = config;
  const configs: [string, PlatformConfig][] = [
    ['server.mcp_config', config],
    ...Object.entries(overrides).map(([os, each]): [string, PlatformConfig] => [
      `server.mcp_config.platform_overrides.${os}`,
      each,
    ]),
  ];
  for (const [at, { command, args = [], env = {} }] of configs) {
    const within = (kind: Reference['kind'], place: string, text: string | undefined) => {
      for (const [, path = ''] of (text ?? '').matchAll(OWN_FOLDER)) {
        add(kind, place, path.replaceAll('\u0024{/}', '/').replaceAll('\\', '/'));
      }
    };
    within('program', `${at}.command`, command);
    for (const [index, arg] of args.entries()) within('argument', `${at}.args.${index}`, arg);
    for (const [name, text] of Object.entries(env)) within('variable', `${at}.env.${name}`, text);
  }
  return found;
}

function judge(
  { at, path, kind }: Reference,
  content: BundleContent,
  isLater: (path: string) => boolean,
): Finding[] {
  const error = (message: string, remedy: string): Finding[] => [
    { severity: 'error', path: `${MANIFEST_PATH}: ${at}`, message, remedy },
  ];
  if (kind === 'icon' && /^https?:\/\//.test(path)) {
    const message = `${JSON.stringify(path)} is not in the bundle.`;
    const remedy = 'Put the picture into the bundle: clients show no other.';
    return [{ severity: 'warning', path: `${MANIFEST_PATH}: ${at}`, message, remedy }];
  }
  const inside = normalise(path);
  if (inside === undefined) {
    return error(
      `${JSON.stringify(path)} is not below the bundle's folder.`,
      'Give a path relative to it, without `..`.',
    );
  }
  if (isThere(inside, kind, content)) {
    if (kind !== 'icon' || content.read(inside).subarray(0, PNG.length).equals(PNG)) return [];
    return error(`${JSON.stringify(path)} is no PNG picture.`, 'Convert it to PNG.');
  }
  if (isLater(inside)) return [];
  const finding = error(
    `${JSON.stringify(path)} is not among the files of the bundle.`,
    'Build it first, mend the path, or take it back in with `!` in .mcpbignore.',
  );
  // What a variable names may be made by the server itself.
  return kind === 'variable' ? finding.map((each) => ({ ...each, severity: 'warning' })) : finding;
}

/** Relative, with slashes; undefined when it leads out. */
function normalise(path: string): string | undefined {
  if (/^([\\/]|[a-z]:)/i.test(path) || path.includes('\u0024{')) return undefined;
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  return names.includes('..') ? undefined : names.join('/');
}

function isThere(path: string, kind: Reference['kind'], { paths }: BundleContent): boolean {
  if (paths.has(path)) return true;
  if (kind === 'program') return paths.has(`${path}.exe`);
  if (kind !== 'argument' && kind !== 'variable') return false;
  return path === '' || paths.values().some((each) => each.startsWith(`${path}/`));
}
