/** Secrets that nobody issued, made at random, and what looks like one. None stands here as a whole. */
import { generateKeyPairSync } from 'node:crypto';
import { seeded } from '../random.ts';
import { type Sample, sample } from './corpus.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const DIGITS = '0123456789';
const random = seeded(20260101);
const next = (below: number) => Math.floor(random() * below);
const chars = (count: number, alphabet: string) =>
  Array.from({ length: count }, () => alphabet[next(alphabet.length)]).join('');
const word = (count: number) => chars(count, LETTERS + DIGITS);
const hex = (count: number) => chars(count, '0123456789abcdef');
const upper = (count: number) => chars(count, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');
const base64 = (count: number) => chars(count, `${LETTERS}${DIGITS}+/`);

const pem = (type: 'pkcs8' | 'pkcs1' | 'sec1', key: ReturnType<typeof keys>) =>
  key.privateKey.export({ type, format: 'pem' } as { type: 'pkcs8'; format: 'pem' }).toString();
const keys = (kind: 'rsa' | 'ec' | 'ed25519') => {
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
};
const rsa = keys('rsa');
const line = (text: string) => `export const setting = ${JSON.stringify(text)};\n`;
const inCode = (category: string, what: string, secret: string): Sample =>
  sample(category, what, { 'server/settings.js': line(secret) });

const CLOUD = 'cloud keys';
const TOKEN = 'tokens';
const KEY = 'private keys';
const CONNECTION = 'connection strings with a password';
const password = () => `${word(9)}7g`;
const openssh = `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA${base64(50)}\n${base64(70)}\n${base64(70)}\n-----END OPENSSH PRIVATE KEY-----\n`;

/** What is compressed has every byte. */
const PICTURE = Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n\0', 'latin1'),
  Buffer.from(Array.from({ length: 200_000 }, () => next(256))),
]);

export const hostileSecrets = (): Sample[] => [
  inCode(CLOUD, 'AWS access key', `AKIA${upper(16)}`),
  inCode(CLOUD, 'AWS temporary key', `ASIA${upper(16)}`),
  sample(CLOUD, 'AWS secret key in an ini file', {
    'server/credentials': `[default]\naws_secret_access_key = ${base64(40)}\n`,
  }),
  sample(CLOUD, 'AWS secret key in YAML', {
    'server/config.yml': `AWS_SECRET_ACCESS_KEY: "${base64(40)}"\n`,
  }),
  inCode(CLOUD, 'Google API key', `AIza${word(35)}`),
  sample(CLOUD, 'Google service account', {
    'server/account.json': JSON.stringify({
      type: 'service_account',
      private_key_id: hex(40),
      private_key: pem('pkcs8', rsa),
    }),
  }),
  inCode(
    CLOUD,
    'Azure storage',
    `DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=${base64(86)}==;EndpointSuffix=core.windows.net`,
  ),
  inCode(
    CLOUD,
    'Azure service bus',
    `Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${base64(43)}=`,
  ),
  inCode(CLOUD, 'DigitalOcean', `dop_v1_${hex(64)}`),
  inCode(TOKEN, 'GitHub', `ghp_${word(36)}`),
  inCode(TOKEN, 'GitHub, fine-grained', `github_pat_${word(22)}_${word(59)}`),
  inCode(TOKEN, 'GitLab', `glpat-${word(20)}`),
  inCode(TOKEN, 'npm', `npm_${word(36)}`),
  sample(TOKEN, 'npm in .npmrc', {
    'server/npmrc': `//registry.example.com/:_authToken=${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}\n`,
  }),
  inCode(TOKEN, 'PyPI', `pypi-AgEIcHlwaS5vcmc${word(80)}`),
  inCode(TOKEN, 'Slack', `xoxb-${chars(12, DIGITS)}-${chars(12, DIGITS)}-${word(24)}`),
  inCode(TOKEN, 'Slack webhook', `https://hooks.slack.com/services/T${upper(10)}/B${upper(10)}/${word(24)}`),
  inCode(TOKEN, 'OpenAI', `sk-proj-${word(74)}T3BlbkFJ${word(74)}`),
  inCode(TOKEN, 'OpenAI, old', `sk-${word(20)}T3BlbkFJ${word(20)}`),
  inCode(TOKEN, 'Anthropic', `sk-ant-api03-${word(93)}AA`),
  inCode(TOKEN, 'Hugging Face', `hf_${chars(34, LETTERS)}`),
  inCode(TOKEN, 'Notion', `ntn_${chars(11, DIGITS)}${word(35)}`),
  inCode(TOKEN, 'Linear', `lin_api_${word(40)}`),
  inCode(TOKEN, 'Stripe', `sk_live_${word(24)}`),
  inCode(TOKEN, 'SendGrid', `SG.${word(22)}.${word(43)}`),
  inCode(TOKEN, 'Twilio', `SK${hex(32)}`),
  inCode(TOKEN, 'Telegram', `${chars(10, DIGITS)}:AA${word(33)}`),
  inCode(TOKEN, 'Discord', `M${word(25)}.${word(6)}.${word(38)}`),
  inCode(TOKEN, 'Vault', `hvs.${word(95)}`),
  inCode(TOKEN, 'Tavily', `tvly-${word(32)}`),
  inCode(TOKEN, 'OpenRouter', `sk-or-v1-${hex(64)}`),
  inCode(TOKEN, 'Supabase', `sbp_${hex(40)}`),
  sample(TOKEN, 'in a comment that asks not to look', {
    'server/settings.js': `// secretlint-disable\n${line(`ghp_${word(36)}`)}`,
  }),
  sample(TOKEN, 'in a package', { 'node_modules/zod/lib/settings.js': line(`ghp_${word(36)}`) }),
  sample(TOKEN, 'in a test of the publisher', { 'server/tests/a.js': line(`glpat-${word(20)}`) }),
  sample(TOKEN, 'in a source map', {
    'server/index.js.map': JSON.stringify({ sourcesContent: [line(`ghp_${word(36)}`)] }),
  }),
  sample(TOKEN, 'in UTF-16', {
    'server/settings.ini': Buffer.from(`\ufefftoken=ghp_${word(36)}\r\n`, 'utf16le'),
  }),
  sample(TOKEN, 'in a compiled program', {
    'server/native.wasm': Buffer.concat([
      Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
      Buffer.from(`\0ghp_${word(36)}\0`),
    ]),
  }),
  sample(TOKEN, 'in the manifest', {
    'server/env.json': JSON.stringify({ env: { GITHUB_TOKEN: `gho_${word(36)}` } }),
  }),
  sample(KEY, 'RSA, PKCS#1', { 'server/key.pem': pem('pkcs1', rsa) }),
  sample(KEY, 'RSA, PKCS#8', { 'server/key.txt': pem('pkcs8', rsa) }),
  sample(KEY, 'EC', { 'server/key': pem('sec1', keys('ec')) }),
  sample(KEY, 'Ed25519', { 'server/key': pem('pkcs8', keys('ed25519')) }),
  sample(KEY, 'OpenSSH', { 'server/id': openssh }),
  sample(KEY, 'PGP', {
    'server/key.asc': `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBF${base64(58)}\n${base64(64)}\n=${base64(4)}\n-----END PGP PRIVATE KEY BLOCK-----\n`,
  }),
  inCode(KEY, 'in one line of code', pem('pkcs8', keys('ec'))),
  sample(KEY, 'line by line in code', {
    'server/key.js': `export const key = [\n${pem('pkcs8', rsa)
      .trim()
      .split('\n')
      .map((each) => `  '${each}',\n`)
      .join('')}].join('\\n');\n`,
  }),
  sample(KEY, 'at the root of a package', { 'node_modules/zod/key.pem': pem('pkcs8', rsa) }),
  inCode(CONNECTION, 'PostgreSQL', `postgres://app:${password()}@db.acme-prod.net:5432/app`),
  inCode(
    CONNECTION,
    'PostgreSQL at a host of examples, with a password of nobody’s',
    `postgres://admin:s3cr3tP4ss@db.example.com/app`,
  ),
  inCode(CONNECTION, 'MySQL', `mysql://root:${password()}@10.0.4.7/app`),
  inCode(
    CONNECTION,
    'MongoDB',
    `mongodb+srv://app:${password()}@cluster0.ab1cd.mongodb.net/?retryWrites=true`,
  ),
  inCode(CONNECTION, 'Redis without a user', `redis://:${password()}@redis-1.acme.cloud:6379/0`),
  inCode(CONNECTION, 'AMQP', `amqps://app:${password()}@mq.acme.cloud/vhost`),
  inCode(CONNECTION, 'SQLAlchemy', `postgresql+psycopg2://app:${password()}@db.acme.cloud/app`),
  inCode(CONNECTION, 'a web address', `https://deploy:${password()}@git.acme.cloud/private.git`),
  inCode(
    CONNECTION,
    'ADO.NET',
    `Server=tcp:acme.database.windows.net,1433;Database=app;User ID=app;Password=${password()};Encrypt=true`,
  ),
  inCode(CONNECTION, 'libpq', `host=db.acme.cloud port=5432 user=app password=${password()} dbname=app`),
  inCode(CONNECTION, 'JDBC', `jdbc:postgresql://db.acme.cloud:5432/app?user=app&password=${password()}`),
  sample(TOKEN, 'a database', {
    'server/state.db': Buffer.concat([
      Buffer.from('SQLite format 3\0'),
      Buffer.alloc(500),
      Buffer.from(`ghp_${word(36)}`),
      Buffer.alloc(20, 1),
    ]),
  }),
  sample(TOKEN, 'behind a picture', {
    'server/logo.png': Buffer.concat([PICTURE, Buffer.from(`\0npm_${word(36)}\0`)]),
  }),
  sample(KEY, 'behind a picture', { 'server/logo.png': Buffer.concat([PICTURE, Buffer.from(openssh)]) }),
];

const honest = (what: string, content: string, file = 'server/settings.js') =>
  sample('honest', what, { [file]: content });

export const honestSecrets = (): Sample[] => [
  sample('honest', 'a picture', { 'server/logo.png': PICTURE }),
  honest('AWS’s own example', line(`AKIA${'IOSFODNN7EXAMPLE'}`)),
  honest(
    'AWS’s own example of a secret key',
    `aws_secret_access_key = ${'wJalrXUtnFEMI/K7MDENG'}/bPxRfiCYEXAMPLEKEY\n`,
    'server/example.ini',
  ),
  honest('a token in angle brackets', 'GITHUB_TOKEN=<your-token>\n', 'server/env.example'),
  honest('a token of x', line(`ghp_${'x'.repeat(36)}`)),
  honest('a token in a row', line(`ghp_${'1234567890abcdefghijklmnopqrstuvwxyz'}`)),
  honest('a token cut short', line('sk-ant-api03-...')),
  honest('a token with YOUR in it', line('xoxb-your-bot-token-goes-here-please-ok')),
  honest(
    'an expression that finds tokens',
    'export const TOKEN = /gh[pousr]_[A-Za-z0-9]{36}|AKIA[A-Z0-9]{16}/g;\n',
  ),
  honest('a prefix that is looked for', "if (key.startsWith('sk-ant-api03-')) anthropic(key);\n"),
  honest('a local database', line('postgres://user:password@localhost:5432/app')),
  honest('a local database with a strong password', line('postgres://app:Zx81kq0wAA@127.0.0.1/app')),
  honest('a service of a compose file', line('mongodb://root:Zx81kq0wAA@mongo:27017')),
  honest('an example of a URL', line('https://user:pass@example.com:8080/path')),
  honest('words for a user and a password', line('mysql://username:password@db.acme.cloud/app')),
  honest('a template', 'const url = `postgres://\u0024{user}:\u0024{password}@\u0024{host}/app`;\n'),
  honest(
    'a template of Python',
    'url = "postgres://{user}:{password}@{host}/app"\nother = "mysql://%s:%s@%s/app"\n',
    'server/example.py',
  ),
  honest(
    'variables of a shell',
    'redis://$REDIS_USER:$REDIS_PASSWORD@cache.acme.cloud\n',
    'server/example.env',
  ),
  honest('angle brackets in a URL', line('mongodb+srv://<username>:<password>@cluster0.mongodb.net/')),
  honest(
    'a database of a package’s documentation',
    '`postgresql://dbuser:secretpassword@database.server.com:3211/mydb`\n',
    'node_modules/zod/README.md',
  ),
  honest(
    'Redis’ own documentation',
    '`redis://alice:foobared@awesome.redis.server:6380`\n',
    'node_modules/zod/README.md',
  ),
  honest('an e-mail address after a port', line('see https://acme.cloud:8080/contact or mail me@acme.cloud')),
  honest('names of modules with an @', line('npm:left-pad@1.3.0 https://esm.acme.cloud/react@19.1.0')),
  honest('a public key', pem2(rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString())),
  honest(
    'a private key cut short',
    line('-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg...\n-----END PRIVATE KEY-----'),
  ),
  honest(
    'what begins and ends a private key',
    "export const isKey = (text) => text.includes('-----BEGIN PRIVATE KEY-----') && text.includes('-----END PRIVATE KEY-----');\n",
  ),
  honest(
    'a private key of dots and stars',
    '-----BEGIN RSA PRIVATE KEY-----\n****************************************\n****************************************\n-----END RSA PRIVATE KEY-----\n',
    'server/key.md',
  ),
  honest('a private key of a package’s tests', pem('pkcs8', rsa), 'node_modules/zod/test/fixtures/key.pem'),
  honest('a digest', line(`sha512-${base64(86)}==`)),
  honest('a hash of a commit', line(hex(40))),
  honest('a UUID', line('5f0c8c8e-27a1-4a58-9c0d-3a2f7c1b9d10')),
  honest('an image in a text', line(`data:image/png;base64,iVBORw0KGgo${base64(400)}`)),
  honest(
    'a font in a text',
    `@font-face{src:url(data:font/woff2;base64,d09GMgABAAAAA${base64(900)})}\n`,
    'server/style.css',
  ),
  honest('Stripe’s key for tests', line(`sk_test_${word(24)}`)),
  honest(
    'Azure’s emulator',
    line(
      `AccountKey=${'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq'}/K1SZFPTOtr/KBHBeksoGMGw==;`,
    ),
  ),
  honest(
    'a password that is asked for',
    'const { password = "" } = options;\nconst text = `host=\u0024{host} password=\u0024{password}`;\n',
  ),
  honest(
    'a connection string without its password',
    line('Server=db.acme.cloud;Database=app;User Id=app;Password=<password>;'),
  ),
  honest(
    'a class of a style sheet',
    '.sk-fading-circle-spinner-animation-delayed{}.gl-flex{}\n',
    'server/style.css',
  ),
  honest(
    'names like prefixes',
    'const hf_model = 1; const npm_config_registry = 2; const vca_region_identifier_for_users = 3;\n',
  ),
  honest(
    'a key of the documentation of dotenv',
    `// ${'DOTENV_KEY="dotenv:'}//:key_1234@dotenvx.com/vault/.env.vault?environment=prod"\n`,
    'node_modules/dotenv/main.js',
  ),
  honest(
    'a proxy of the documentation, with a user of nobody',
    `new SocksProxyAgent('${'socks:'}//your-name%40gmail.com:abcdef12345124@br41.proxy.com');\n`,
    'node_modules/socks-proxy-agent/README.md',
  ),
  honest(
    'a token from the environment',
    "const token = process.env.GITHUB_TOKEN ?? '';\n//registry.example.com/:_authToken=\u0024{NPM_TOKEN}\n",
  ),
];

function pem2(text: string): string {
  return `export const publicKey = ${JSON.stringify(text)};\n`;
}
