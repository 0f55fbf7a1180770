/** For the rules of CQ-03: by rule, code that breaks it and code that looks like it and does not. */
import type { RuleId } from '../../src/lib/certification/analysis/rule.ts';

export interface Samples {
  readonly hostile: readonly (readonly ['js' | 'py', string])[];
  readonly honest: readonly (readonly ['js' | 'py', string])[];
}

/** The handler of a tool, with its input as `input`. */
const js = (body: string, before = '') =>
  [
    'js',
    `${before}\nserver.registerTool('a', { inputSchema: { name: z.string() } }, async (input) => {\n${body}\n});\n`,
  ] as const;
const py = (body: string, before = '') =>
  ['py', `${before}\n@mcp.tool()\ndef a(name: str, other: dict):\n${body.replace(/^/gm, '    ')}\n`] as const;
const plain = (text: string) => ['js', `${text}\n`] as const;
const plainPython = (text: string) => ['py', `${text}\n`] as const;

const FS = "import fs from 'node:fs';\nimport path from 'node:path';\nconst ROOT = '/notes';";

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: code that is judged */
export const SAMPLES: Readonly<Record<RuleId, Samples>> = {
  'path-traversal': {
    hostile: [
      js('return fs.readFileSync(path.join(ROOT, input.name));', FS),
      js('const file = `${ROOT}/${input.name}.md`;\nawait fs.promises.writeFile(file, "x");', FS),
      js('return read(input.name);', `${FS}\nconst read = (name) => fs.readFileSync(ROOT + '/' + name);`),
      js(
        'return read(input.name);',
        `${FS}\nconst read = (name) => new Promise(() => fs.readFileSync(ROOT + '/' + name));\nserver.registerTool('b', { inputSchema: { name: z.string() } }, async (input) => read(await validatePath(input.name)));`,
      ),
      py('with open(os.path.join("/notes", name)) as f:\n    return f.read()', 'import os'),
      py('return (Path("/notes") / name).read_text()', 'from pathlib import Path'),
    ],
    honest: [
      js('return fs.readFileSync(path.join(ROOT, path.basename(input.name)));', FS),
      js(
        'const file = path.resolve(ROOT, input.name);\nif (!file.startsWith(ROOT + path.sep)) throw new Error();\nreturn fs.readFileSync(file);',
        FS,
      ),
      js('return fs.readFileSync(confined(input.name));', FS),
      js('return fs.readFileSync(path.join(ROOT, "index.md"));', FS),
      py(
        'target = (Path("/notes") / name).resolve()\nif not target.is_relative_to("/notes"):\n    raise ValueError\nreturn target.read_text()',
        'from pathlib import Path',
      ),
    ],
  },
  'path-from-input': {
    hostile: [js('return fs.readFileSync(input.name);', FS), py('return open(name).read()')],
    honest: [
      js('return fs.readFileSync(validPath(input.name));', FS),
      js(
        'const file = await validatePath(input.name);\nreturn read(file);',
        `${FS}\nconst read = (file) => new Promise(() => fs.createReadStream(file));`,
      ),
      py('return open("a.txt").read()'),
    ],
  },
  'program-from-input': {
    hostile: [
      js('return spawn(input.name, []);', "import { spawn } from 'child_process';"),
      py('subprocess.run([name, "-v"])', 'import subprocess'),
    ],
    honest: [
      js("return spawn('git', ['log', input.name]);", "import { spawn } from 'child_process';"),
      py('subprocess.run(["git", name])', 'import subprocess'),
    ],
  },
  'module-from-input': {
    hostile: [js('return import(input.name);'), py('importlib.import_module(name)', 'import importlib')],
    honest: [
      js("return import('./a.js');"),
      py('importlib.import_module("json").loads(name)', 'import importlib'),
    ],
  },
  'template-from-input': {
    hostile: [
      js('return handlebars.compile(input.name)({});', "import handlebars from 'handlebars';"),
      py('return Template(name).render()', 'from jinja2 import Template'),
    ],
    honest: [
      js("return handlebars.compile('Hello {{name}}')(input);", "import handlebars from 'handlebars';"),
      py('return Template("Hello {{ name }}").render(name=name)', 'from jinja2 import Template'),
    ],
  },
  'request-from-input': {
    hostile: [js('return fetch(input.name);'), py('return requests.get(name)', 'import requests')],
    honest: [
      js('return fetch(`https://api.acme.example/${input.name}`);'),
      py('return requests.get(f"https://api.acme.example/{name}")', 'import requests'),
    ],
  },
  'pattern-from-input': {
    hostile: [js('return new RegExp(input.name);'), py('return re.compile(name)', 'import re')],
    honest: [js('return /a/.test(input.name);'), py('return re.compile("a").match(name)', 'import re')],
  },
  'prototype-pollution': {
    hostile: [
      js('store[input.section][input.key] = input.value;', 'const store = {};'),
      js(
        'merge(settings, input);',
        'const settings = {};\nfunction merge(target, source) {\n  for (const key in source) {\n    if (typeof source[key] === "object") merge(target[key], source[key]);\n    else target[key] = source[key];\n  }\n}',
      ),
    ],
    honest: [
      js('store[input.key] = input.value;', 'const store = new Map();'),
      js(
        'merge(settings, input);',
        'const settings = {};\nfunction merge(target, source) {\n  for (const key in source) {\n    if (key === "__proto__") continue;\n    if (typeof source[key] === "object") merge(target[key], source[key]);\n    else target[key] = source[key];\n  }\n}',
      ),
    ],
  },
  'recursive-merge': {
    hostile: [
      plain(
        'function merge(target, source) {\n  for (const key of Object.keys(source)) {\n    if (typeof source[key] === "object") merge(target[key], source[key]);\n    else target[key] = source[key];\n  }\n}',
      ),
    ],
    honest: [
      plain(
        'function walk(node, visit) {\n  for (const key of Object.keys(node)) walk(node[key], visit);\n}',
      ),
      plain(
        'function count(words) {\n  const found = {};\n  for (const word of words) found[word] = 1;\n  return found;\n}',
      ),
    ],
  },
  'tls-not-verified': {
    hostile: [
      plain("import https from 'https';\nnew https.Agent({ rejectUnauthorized: false });"),
      plain("process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';"),
      plain("process.env['NODE_TLS_REJECT_' + 'UNAUTHORIZED'] = '0';"),
      plainPython('import requests\nrequests.get("https://a.example", verify=False)'),
      plainPython('import httpx\nclient = httpx.AsyncClient(verify=False)'),
      plainPython('import ssl\nssl._create_default_https_context = ssl._create_unverified_context'),
      plainPython('import ssl\ncontext = ssl.create_default_context()\ncontext.verify_mode = ssl.CERT_NONE'),
      plainPython('import requests\ns = requests.Session()\ns.verify = False'),
    ],
    honest: [
      plain("import https from 'https';\nnew https.Agent({ rejectUnauthorized: true });"),
      plain("process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1';"),
      plainPython('import requests\nrequests.get("https://a.example", verify="ca.pem")'),
      plainPython(
        'import ssl\ncontext = ssl.create_default_context()\ncontext.verify_mode = ssl.CERT_REQUIRED',
      ),
      plainPython('def check(form):\n    form.submit(verify=False)'),
    ],
  },
  'host-key-not-verified': {
    hostile: [
      plainPython(
        'import paramiko\nc = paramiko.SSHClient()\nc.set_missing_host_key_policy(paramiko.AutoAddPolicy())',
      ),
      plainPython('import asyncssh\nasyncssh.connect("a", known_hosts=None)'),
    ],
    honest: [
      plainPython(
        'import paramiko\nc = paramiko.SSHClient()\nc.set_missing_host_key_policy(paramiko.RejectPolicy())',
      ),
    ],
  },
  'token-not-verified': {
    hostile: [
      plainPython('import jwt\njwt.decode(t, options={"verify_signature": False})'),
      plain("import jwt from 'jsonwebtoken';\njwt.verify(t, k, { algorithms: ['none'] });"),
    ],
    honest: [
      plainPython('import jwt\njwt.decode(t, key, algorithms=["RS256"])'),
      plain("import jwt from 'jsonwebtoken';\njwt.verify(t, k, { algorithms: ['RS256'] });"),
    ],
  },
  'weak-cipher': {
    hostile: [
      plain("import crypto from 'crypto';\ncrypto.createCipher('aes-256-cbc', k);"),
      plain("import { createCipheriv as c } from 'node:crypto';\nc('aes-128-ecb', k, null);"),
      plainPython('from Crypto.Cipher import DES\nDES.new(k, DES.MODE_CBC)'),
      plainPython('from Crypto.Cipher import AES\nAES.new(k, AES.MODE_ECB)'),
    ],
    honest: [
      plain("import crypto from 'crypto';\ncrypto.createCipheriv('aes-256-gcm', k, iv);"),
      plainPython('from Crypto.Cipher import AES\nAES.new(k, AES.MODE_GCM)'),
    ],
  },
  'weak-password-hash': {
    hostile: [
      plain(
        "import crypto from 'crypto';\nconst h = (password) => crypto.createHash('md5').update(password).digest('hex');",
      ),
      plainPython(
        'import hashlib\ndef f(user):\n    return hashlib.sha1(user.password.encode()).hexdigest()',
      ),
      plainPython('import hashlib\ndef f(passwd):\n    return hashlib.new("md5", passwd)'),
    ],
    honest: [
      plain(
        "import crypto from 'crypto';\nconst h = (file) => crypto.createHash('md5').update(file).digest('hex');",
      ),
      plain(
        "import crypto from 'crypto';\nconst h = (password, salt) => crypto.scryptSync(password, salt, 64);",
      ),
      plainPython('import hashlib\ndef f(content):\n    return hashlib.sha1(content).hexdigest()'),
    ],
  },
  'open-to-network': {
    hostile: [
      plain("import express from 'express';\nexpress().listen(3000, '0.0.0.0');"),
      plain(
        "import http from 'http';\nconst host = '0.0.0.0';\nhttp.createServer(f).listen({ port: 1, host });",
      ),
      plainPython('import uvicorn\nuvicorn.run(app, host="0.0.0.0", port=8000)'),
      plainPython('from mcp.server.fastmcp import FastMCP\nmcp = FastMCP("a", host="0.0.0.0")'),
    ],
    honest: [
      plain("import express from 'express';\nexpress().listen(3000, '127.0.0.1');"),
      plain(
        "import express from 'express';\nconst app = express();\napp.use(requireBearerAuth());\napp.listen(3000, '0.0.0.0');",
      ),
      plainPython('import uvicorn\nuvicorn.run(app, host="127.0.0.1", port=8000)'),
      plainPython('def is_open(address):\n    return address == "0.0.0.0"'),
    ],
  },
  'debug-server': {
    hostile: [plainPython('from flask import Flask\napp = Flask(__name__)\napp.run(debug=True)')],
    honest: [
      plainPython('from flask import Flask\napp = Flask(__name__)\napp.run(debug=False)'),
      plainPython('import asyncio\nasyncio.run(main(), debug=True)'),
    ],
  },
  'unsafe-extract': {
    hostile: [
      plainPython('import tarfile\nwith tarfile.open(p) as t:\n    t.extractall("/a")'),
      plainPython('import tarfile\ntarfile.open(p).extractall("/a", filter="fully_trusted")'),
      plain("import * as tar from 'tar';\ntar.x({ file: f, preservePaths: true });"),
    ],
    honest: [
      plainPython('import tarfile\nwith tarfile.open(p) as t:\n    t.extractall("/a", filter="data")'),
      plainPython('import zipfile\nwith zipfile.ZipFile(p) as z:\n    z.extractall("/a")'),
      plain("import * as tar from 'tar';\ntar.x({ file: f });"),
    ],
  },
  'predictable-file': {
    hostile: [plainPython('import tempfile\nopen(tempfile.mktemp(), "w")')],
    honest: [plainPython('import tempfile\ntempfile.mkstemp()')],
  },
  'external-entities': {
    hostile: [
      plainPython('from lxml import etree\netree.XMLParser(resolve_entities=True)'),
      plain("import libxmljs from 'libxmljs';\nlibxmljs.parseXml(x, { noent: true });"),
      plainPython(
        'import xml.sax\nfrom xml.sax.handler import feature_external_ges\np = xml.sax.make_parser()\np.setFeature(feature_external_ges, True)',
      ),
    ],
    honest: [
      plainPython('from lxml import etree\netree.XMLParser(resolve_entities=False)'),
      plain("import libxmljs from 'libxmljs';\nlibxmljs.parseXml(x);"),
      plainPython('import xml.etree.ElementTree as ET\nET.fromstring(x)'),
    ],
  },
};
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: code that is judged */
