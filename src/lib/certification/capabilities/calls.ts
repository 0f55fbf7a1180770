/** What calls of the standard libraries, and of packages that everybody uses, do outside of the process. */

import { memo } from '../code/memo.ts';

const FS = /^(?:fs(?:\/promises|\.promises)?|fs-extra|graceful-fs)\.(\w+)$/;
const FS_WRITES =
  /^(?:write|append|mkdir|mkdtemp|rm|unlink|rename|copy|cp|chmod|chown|lchown|symlink|link|truncate|ftruncate|utimes|createWriteStream|output|remove|move|ensure|empty)/;
const PYTHON_READS =
  /^(?:open|io\.open|codecs\.open|aiofiles\.open|os\.(?:listdir|walk|scandir|stat|readlink|open)|os\.path\.(?:exists|isfile|isdir|getsize)|glob\.i?glob)$/;
const PYTHON_WRITES =
  /^(?:os\.(?:remove|unlink|rename|replace|mkdir|makedirs|rmdir|removedirs|chmod|chown|symlink|link|truncate)|shutil\.(?:copy\w*|move|rmtree|unpack_archive)|tempfile\.\w+)$/;
const PATH_READS = new Set(['read_text', 'read_bytes', 'iterdir', 'glob', 'rglob']);
const PATH_WRITES = new Set(['write_text', 'write_bytes', 'touch', 'rmdir']);

const CONNECTS =
  /^(?:fetch|WebSocket|EventSource|XMLHttpRequest|https?\.(?:request|get)|http2\.connect|net\.(?:connect|createConnection|Socket)|tls\.connect|dgram\.createSocket|urllib\.request\.\w+|http\.client\.HTTPS?Connection|socket\.(?:socket|create_connection)|smtplib\.\w+|ftplib\.\w+|asyncio\.open_connection)$/;
const CONNECTING_MODULES =
  /^(?:undici|axios|node-fetch|cross-fetch|got|ky|superagent|needle|request|ws|socket\.io-client|requests|httpx|aiohttp|urllib3|websockets|websocket|pycurl|paramiko|grpc|@grpc\/grpc-js|@octokit\/[\w/.-]+|octokit|openai|@anthropic-ai\/sdk|anthropic|boto3|@aws-sdk\/[\w-]+|googleapis|@slack\/web-api|slack_sdk)$/;
const LISTENS =
  /^(?:https?\.(?:createServer|Server)|http2\.create(?:Secure)?Server|net\.(?:createServer|Server)|tls\.createServer|express|fastify|koa|hono\.Hono|@hono\/node-server\.serve|Bun\.serve|Deno\.serve|ws\.(?:WebSocketServer|Server)|uvicorn\.(?:run|Server)|http\.server\.\w+|socketserver\.\w+|flask\.Flask|aiohttp\.web\.\w+|asyncio\.start_server|waitress\.serve|hypercorn\.\S+)$/;

export const RUNNING_MODULES =
  /^(?:child_process|cross-spawn|execa|zx|shelljs|node-pty|tinyexec|nano-spawn|subprocess|pty|pexpect|plumbum|sh|invoke|popen2|commands)$/;
const RUNS =
  /^(?:os\.(?:system|popen\w*|exec[lv]\w*|spawn[lv]\w*|posix_spawnp?|startfile|fork)|asyncio\.(?:subprocess\.)?create_subprocess_\w+|(?:anyio|trio)\.(?:run_process|open_process)|cluster\.fork|Bun\.(?:spawn\w*|\$)|Deno\.(?:Command|run))$/;

export const NATIVE_MODULES =
  /^(?:ctypes(?:\.\w+)*|_ctypes|cffi|koffi|ffi-napi|ref-napi|ffi|bindings|node-gyp-build|node-ffi-rs|bun:ffi|.*\/.*\.node)$/;
const LOADS_NATIVE = /^process\.(?:dlopen|binding|_linkedBinding)$|^Deno\.dlopen$/;

export type Need =
  | { readonly kind: 'filesystem'; readonly need: 'read' | 'write' }
  | { readonly kind: 'network'; readonly need: 'outbound' | 'inbound' }
  | { readonly kind: 'subprocess' }
  | { readonly kind: 'native' };

/** @param mode whether a file is opened for more than reading */
export function needOf(name: string, mode: string | undefined): Need | undefined {
  return mode === undefined ? needOfName(name) : findNeed(name, mode);
}

const needOfName = memo((name) => findNeed(name, undefined));

function findNeed(name: string, mode: string | undefined): Need | undefined {
  const [, method] = FS.exec(name) ?? [];
  const opensToWrite = mode !== undefined && /[wax+]/.test(mode);
  if (method !== undefined) {
    const need = FS_WRITES.test(method) || (method.startsWith('open') && opensToWrite) ? 'write' : 'read';
    return { kind: 'filesystem', need };
  }
  if (PYTHON_WRITES.test(name)) return { kind: 'filesystem', need: 'write' };
  if (PYTHON_READS.test(name)) return { kind: 'filesystem', need: opensToWrite ? 'write' : 'read' };
  if (LISTENS.test(name)) return { kind: 'network', need: 'inbound' };
  if (CONNECTS.test(name)) return { kind: 'network', need: 'outbound' };
  if (RUNS.test(name)) return { kind: 'subprocess' };
  if (RUNNING_MODULES.test(name.replace(/\.\w+$/, '')) || RUNNING_MODULES.test(name))
    return { kind: 'subprocess' };
  return LOADS_NATIVE.test(name) ? { kind: 'native' } : undefined;
}

/** Of a module that is imported, whatever is called in it then. */
export function needOfModule(module: string): Need | undefined {
  if (CONNECTING_MODULES.test(module)) return { kind: 'network', need: 'outbound' };
  if (NATIVE_MODULES.test(module)) return { kind: 'native' };
  return RUNNING_MODULES.test(module) ? { kind: 'subprocess' } : undefined;
}

/** Of a method that only pathlib's paths have. */
export function needOfPathMethod(method: string): Need | undefined {
  if (PATH_WRITES.has(method)) return { kind: 'filesystem', need: 'write' };
  return PATH_READS.has(method) ? { kind: 'filesystem', need: 'read' } : undefined;
}
