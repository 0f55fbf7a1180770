/**
 * Tokens that say by their prefix what they are, of vendors that secretlint's recommended rules do not know, or know only
 * in part. Formats are those of the vendors' documentation.
 */
import type { FoundSecret } from './found.ts';
import { isMadeUpToken } from './placeholder.ts';

interface TokenFormat {
  readonly what: string;
  /** Group 1 is the random part. */
  readonly pattern: RegExp;
}

const format = (what: string, source: string): TokenFormat => ({
  what,
  pattern: new RegExp(`(?<![A-Za-z0-9])${source}(?![A-Za-z0-9])`, 'g'),
});

const FORMATS: readonly TokenFormat[] = [
  format('AWS access key', '(?:AKIA|ASIA)([A-Z0-9]{16})'),
  format('Anthropic API key', 'sk-ant-(?:api|admin|oat)\\d\\d-([\\w-]{60,})'),
  format('OpenAI API key', 'sk-(?:proj|svcacct|admin)-([\\w-]{40,})'),
  format('OpenAI API key', 'sk-([A-Za-z0-9]{48})'),
  format('OpenRouter API key', 'sk-or-v1-([0-9a-f]{64})'),
  format('Google API key', 'AIza([\\w-]{35})'),
  format('Google OAuth client secret', 'GOCSPX-([\\w-]{28})'),
  format('Google OAuth token', 'ya29\\.([\\w-]{40,})'),
  format('npm token', '_authToken=["\']?([A-Za-z0-9+/_-]{20,}={0,2})'),
  format('GitHub token', 'gh[pousr]_([A-Za-z0-9]{36,255})'),
  format('GitLab token', 'gl(?:pat|dt|ptt|rt|cbt|soat|ft)-([\\w-]{20,})'),
  format('PyPI token', 'pypi-(AgE[\\w-]{50,})'),
  format('RubyGems key', 'rubygems_([0-9a-f]{48})'),
  format('Hugging Face token', 'hf_([A-Za-z0-9]{34,40})'),
  format('Replicate token', 'r8_([A-Za-z0-9]{37})'),
  format('xAI API key', 'xai-([A-Za-z0-9]{70,90})'),
  format('Perplexity API key', 'pplx-([A-Za-z0-9]{40,60})'),
  format('Tavily API key', 'tvly-(?:dev-|prod-)?([A-Za-z0-9]{32})'),
  format('Firecrawl API key', 'fc-([0-9a-f]{32})'),
  format('LangSmith API key', 'lsv2_(?:pt|sk)_([0-9a-f]{32}_[0-9a-f]{10})'),
  format('Pinecone API key', 'pcsk_([A-Za-z0-9_]{50,})'),
  format('Supabase token', 'sb(?:p|_secret)_([A-Za-z0-9_-]{28,})'),
  format('Neon API key', 'napi_([a-z0-9]{64})'),
  format('PlanetScale password', 'pscale_(?:pw|tkn|oauth)_([\\w.-]{32,64})'),
  format('Airtable token', 'pat[A-Za-z0-9]{14}\\.([0-9a-f]{64})'),
  format('Atlassian token', 'ATATT3xFfGF0([\\w=-]{100,})'),
  format('Slack token', 'xox[abeoprs]-((?:\\d-)?[A-Za-z0-9-]{24,})'),
  format('Slack token', 'xapp-(\\d-[A-Z0-9]+-\\d+-[a-z0-9]{32,})'),
  format('Sentry token', 'sntr(?:ys|yu)_([\\w=+/-]{60,})'),
  format('Netlify token', 'nfp_([A-Za-z0-9]{36})'),
  format('DigitalOcean token', 'do[opr]_v1_([0-9a-f]{64})'),
  format('Heroku key', 'HRKU-([\\w-]{36,})'),
  format('Fly.io token', 'fo1_([\\w-]{43})'),
  format('Render API key', 'rnd_([A-Za-z0-9]{32})'),
  format('Doppler token', 'dp\\.(?:pt|st|ct|sa)\\.((?:[a-z0-9_-]{2,35}\\.)?[A-Za-z0-9]{40,44})'),
  format('Postman API key', 'PMAK-([0-9a-f]{24}-[0-9a-f]{34})'),
  format('New Relic API key', 'NRAK-([A-Z0-9]{27})'),
  format('Stripe key', '[rs]k_live_([A-Za-z0-9]{24,99})'),
  format('Stripe webhook secret', 'whsec_([A-Za-z0-9]{32,})'),
  format('Square token', 'sq0(?:atp|csp)-([\\w-]{22,43})'),
  format('Twilio API key', 'SK([0-9a-f]{32})'),
  format('SendGrid API key', 'SG\\.([\\w-]{22}\\.[\\w-]{43})'),
  format('Mailgun key', 'key-([0-9a-f]{32})'),
  format('Brevo API key', 'xkeysib-([0-9a-f]{64}-[A-Za-z0-9]{16})'),
  format('Telegram bot token', '\\d{8,10}:(AA[\\w-]{33})'),
  format('Discord bot token', '[MNO][A-Za-z0-9_-]{23,27}\\.[\\w-]{6}\\.([\\w-]{27,38})'),
  format('Discord webhook', 'discord(?:app)?\\.com/api/webhooks/\\d{17,20}/([\\w-]{60,})'),
  format(
    'Slack webhook',
    'hooks\\.slack\\.com/(?:services|workflows)/(T[A-Z0-9]{8,}/[AB][A-Z0-9]{8,}/[A-Za-z0-9]{20,})',
  ),
  format('Azure storage key', '(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{43,86}={1,2})'),
  format('Azure client secret', '[A-Za-z0-9_~.]{3}\\dQ~([A-Za-z0-9_~.-]{31,34})'),
  format('age secret key', 'AGE-SECRET-KEY-1([02-9AC-HJ-NP-Z]{58})'),
];

/** What Azure's storage emulator is asked with, by its documentation: no secret. */
const PUBLIC = new Set([
  `Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==`,
]);

/** A secret key in base64 has no shape of its own: it is told by what it is assigned to. */
const AWS_SECRET =
  /aws_?(?:secret_?(?:access_?)?key)["']?\s*(?:=>|[:=])\s*["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi;

export function tokensIn(text: string): FoundSecret[] {
  const found: FoundSecret[] = [];
  const add = (what: string, match: RegExpExecArray) => {
    const [value, secret = value] = match;
    if (!isMadeUpToken(secret) && !PUBLIC.has(secret)) found.push({ what, start: match.index, value });
  };
  for (const { what, pattern } of FORMATS) for (const match of text.matchAll(pattern)) add(what, match);
  for (const match of text.matchAll(AWS_SECRET)) add('AWS secret access key', match);
  return found;
}
