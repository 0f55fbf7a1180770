/**
 * Sentences that tell a model what to do beyond what the tool does: to drop its instructions, to keep something from the
 * user, to read files and hand them over. What a tool does is told in the third person, or asked of the user.
 */
import { readingsOf } from './hidden-text.ts';

const OBJECT =
  '(?:instructions?|prompts?|rules?|guidelines?|directions?|directives?|constraints?|safety|polic(?:y|ies)|guardrails?|training|restrictions?)';
const USER =
  "(?:the |your |any |this )?(?:users?|humans?|operators?|anyone|anybody|people|customers?|person)(?!'s|s' )";
const TELL =
  '(?:tell|inform|mention|reveal|disclose|let|explain|say|admit|expose|(?:notify|alert|warn)(?=ing the | the ))';

/** What has its place by a name that says what it is. */
const HARD_PATH = [
  '\\.ssh/',
  '\\bid_(?:rsa|ed25519|ecdsa|dsa)\\b',
  '\\.aws/',
  '/etc/(?:passwd|shadow)',
  '\\.(?:netrc|npmrc|pypirc|git-credentials|pgpass)\\b',
  '\\.(?:kube|docker|cursor|claude|gnupg|config/gh|config/gcloud|mozilla)/',
  '\\bmcp\\.json\\b',
  'claude_desktop_config',
  '\\.(?:bash|zsh)_history',
  '(?:^|[\\s"\'`/~(])\\.env\\b',
  'login ?keychain|keychain',
  'wallet\\.dat',
].join('|');
const SECRET_PATH = [HARD_PATH, 'environment variables', 'ssh (?:private )?keys?'].join('|');
const READ =
  '(?:read|open|cat|load|get|access|retrieve|find|collect|gather|fetch|take|look up|locate|dump|print)';
const HAND =
  '(?:pass|send|copy|include|provide|put|append|attach|add|post|upload|forward|supply|place|paste|submit|transmit|leak|exfiltrate|encode|embed|insert|fill|share|deliver)';
const SEND =
  '(?:send|post|upload|forward|transmit|pass|leak|copy|exfiltrate|submit|deliver|bcc|include|append|attach|provide)';
const SECRETS =
  '(?:credentials?|passwords?|api ?keys?|(?:access |auth |session )?tokens?|secrets|ssh keys?|private keys?|environment variables|env vars|cookies)';
const ELSEWHERE =
  '(?:https?:|\\S+@\\S+\\.|(?:an? |the |our |this |my )?(?:\\w+ )?(?:external|remote|attacker|webhook|server|endpoint)|\\w+\\.(?:com|io|net|org|dev)\\b)';
const PARAMETER =
  '(?:as|in|into|via|with|through|to) [^.]{0,60}?(?:parameter|argument|field|\'\\w+\'|"\\w+"|`\\w+`|note|header|body|query|url|https?:|server|tool)';

interface Directive {
  readonly what: string;
  readonly pattern: RegExp;
}

const OVERRIDE = 'tells the model to drop its instructions';
const SECRECY = 'tells the model to keep something from the user';
const ORDER = 'tells the model how to use other tools';
const FILES = 'tells the model to hand over files or secrets';
const CONVERSATION = 'tells the model to hand over the conversation';
const POSE = 'poses as instructions of the system';

const of = (what: string, ...patterns: string[]): Directive[] =>
  patterns.map((source) => ({ what, pattern: new RegExp(source, 'giu') }));

const DIRECTIVES: readonly Directive[] = [
  ...of(
    OVERRIDE,
    `\\b(?:ignore|disregard|forget|override|bypass|discard|drop|stop following|do not follow|don't follow|do not obey)\\b (?:[\\w']+,? ){0,5}?(?:previous|prior|above|earlier|preceding|former|existing|other|your|system|safety|all|any|original|initial|past|everything) (?:[\\w']+ ){0,3}?${OBJECT}`,
    '\\b(?:ignore|disregard|forget) (?:everything|all|anything)(?: (?:that|you|we|i)\\b| (?:above|before|prior)| of the above)',
    '\\bfrom now on,? (?:you|always|never|all|every|ignore|respond|act)\\b',
    '\\byou are now (?:dan\\b|in (?:\\w+ ){0,2}mode|(?:an? |the )?(?:unrestricted|unfiltered|uncensored|different|new|root|admin|jailbroken|no longer)|no longer)',
    '\\b(?:new|updated|real|actual|true) (?:system )?(?:instructions?|directives?|prompt)\\s*:',
    '\\b(?:act as (?:if|though)|pretend(?: that)?) you (?:have|had|are|were) (?:no\\b|not\\b|an? (?:unrestricted|unfiltered)|the (?:system|developer|administrator))',
    '\\b(?:enable|enter|activate|switch to) (?:developer|god|admin|dan|debug|unrestricted|jailbreak) mode\\b',
    '\\bthe (?:previous|above|other|following) (?:instructions?|rules?|guidelines?) (?:are|is) (?:void|cancel|obsolete|invalid|overrid|no longer)',
    "\\b(?:reveal|repeat|print|output|leak|include|pass|append|send|provide|put|copy)\\b (?:\\w+ ){0,3}?(?:your|the (?:full|entire|complete|original|current|model's|hidden)) (?:\\w+ ){0,2}?(?:system prompt|system message|system instructions|initial instructions|chain of thought)",
    '忽略(?:所有|之前|以上|先前|前面|上述|一切|任何)[^。]{0,12}(?:指令|指示|说明|规则|提示)|無視(?:して|し)?[^。]{0,10}(?:指示|命令)|(?:以前|これまで|上記)の(?:指示|命令|ルール)を(?:すべて)?無視',
    'ignor(?:a|e|ez|en|iere|ieren sie)\\b (?:\\p{L}+ ){0,3}?(?:instrucciones|instructions|anweisungen|instruções|istruzioni|regeln|reglas|consignes)|oublie[zr]? (?:\\p{L}+ ){0,3}?instructions|игнорируй(?:те)? (?:\\p{L}+ ){0,3}?(?:инструкци|указани|правил)|vergiss (?:\\p{L}+ ){0,3}?(?:anweisungen|regeln)|dimentica (?:\\p{L}+ ){0,3}?istruzioni|تجاهل (?:\\p{L}+ ){0,2}?التعليمات',
  ),
  ...of(
    SECRECY,
    `\\b(?:do not|don't|never|must not|should not|shouldn't|mustn't|cannot|avoid|refrain from) (?:ever |also |in any way |under any circumstances )?${TELL}(?:ing)? (?:(?:this|it|that|about this|anything|any of this|these|what you did|the \\w+) (?:\\w+ ){0,3}?)?(?:to )?${USER}`,
    `\\b(?:do not|don't|never|must not) (?:\\w+ )?(?:mention|reveal|disclose|discuss|talk about|acknowledge|refer to) (?:this|these|that you|having|any of (?:this|these)|the (?:instruction|sidenote|side note|parameter|file|note|above))`,
    `\\bwithout (?:ever )?(?:telling|informing|mentioning (?:it|this) to|asking|letting|the knowledge of|consulting|revealing (?:it|this) to) ${USER}`,
    `\\b(?:keep|hide|conceal|withhold) (?:this|it|these|that|the \\w+|all of this|them) (?:\\w+ ){0,4}?from ${USER}`,
    `\\b(?:secretly|covertly|surreptitiously|stealthily) (?:\\w+ )?(?:send|forward|copy|upload|include|add|read|pass|append|collect|execute|run|call|record|log)\\b`,
    `\\b(?:silently|quietly) (?:${HAND}|read|collect)\\b`,
    `\\b(?:do not|don't|never) ask (?:the )?users? (?:\\w+ ){0,2}?(?:for (?:permission|confirmation|consent|approval)|before|to confirm)`,
    `${USER} (?:must|should|does|do|need|may|can)(?: not|n't|not) (?:\\w+ )?(?:know|see|notice|learn|find out|be (?:told|informed|aware|notified))`,
    `\\b(?:no|there is no|without) need to (?:tell|inform|mention (?:this|it) to) ${USER}`,
  ),
  ...of(
    ORDER,
    '\\bbefore (?:(?:you )?(?:use|using|calling|call|invoking|invoke|running|run|executing|accessing) )?(?:any|all|every) (?:of the )?other (?:tools?|functions?|actions?)\\b',
    '\\bbefore (?:you )?(?:use|using|calling|call|invoking|invoke|running|run) (?:any|all|every) (?:tools?|functions?)\\b[^.]{0,30}\\b(?:must|always|first|call|read|send|pass|use this)\\b',
    '\\binstead of (?:answering|responding|replying)\\b',
    '\\b(?:whenever|when|each time|every time|if|after|once) (?:\\w+ ){0,4}?(?:any|an)?other (?:mcp )?(?:tools?|servers?)\\b[^.]{0,60}\\b(?:must|always|also|first|instead|should|need to)\\b',
    `\\b(?:instead of|rather than|do not use|don't use|never use) (?:the |any )?(?:other|official|original|trusted|competing)(?: \\w+)? tools?\\b`,
    '\\b(?:this tool|it) (?:overrides|supersedes|has (?:higher|top|absolute) (?:priority|precedence) over|takes (?:priority|precedence) over) (?:all |any |every |the )?(?:other |previous )?(?:\\w+ )?(?:tools?|instructions?|rules?|servers?)',
    '\\b(?:all|every|any|each) (?:outgoing |sent )?(?:e-?mails?|messages?|payments?|transfers?|transactions?|requests?) (?:must|should|has to|have to|needs? to|shall|will) (?:\\w+ ){0,2}?(?:be )?(?:sent|forwarded|redirected|go|copied|bcc|cc)',
    '\\b(?:always|must|also) (?:add|include|put|insert|copy) [^.]{0,60}?[^\\s@]+@[^\\s@]+\\.\\w',
    '\\b(?:always|must|also) (?:bcc|cc|(?:set|change|replace) the (?:recipient|destination|address|to field))\\b',
  ),
  ...of(
    FILES,
    `\\b${READ}\\b[^]{0,90}?(?:${SECRET_PATH})[^]{0,140}?\\b${HAND}\\b[^]{0,100}?\\b(?:as|in|into|to|via|with|through|here)\\b`,
    `\\b${HAND}\\b [^.]{0,80}?(?:content|contents|text|value|values|output|data|copy|all|your|dump)\\b[^.]{0,50}?(?:${SECRET_PATH})`,
    `^(?:the )?(?:full |entire |raw |complete )?(?:contents?|text|values?|body|dump|output) (?:of|from) [^.]{0,60}?(?:${SECRET_PATH})`,
    `\\b${SEND} (?:\\w+ ){0,2}?(?:all|any|every|the user's|users?'?|their|stored|saved|local|sensitive|private) (?:\\w+ ){0,3}?${SECRETS}[^.]{0,60}? to ${ELSEWHERE}`,
    `\\b(?:read|open|cat|load|collect|gather|list|find|retrieve)\\b (?:\\w+ ){0,2}?(?:all|any|every|the user's|users?'?|their) (?:\\w+ ){0,3}?${SECRETS}[^]{0,100}?\\b${HAND}\\b[^]{0,60}?(?:${PARAMETER}|${ELSEWHERE})`,
    `\\b${HAND}\\b [^.]{0,40}?(?:user's|users'|their) (?:\\w+ ){0,2}?(?:credentials?|passwords?|api ?keys?|tokens?|secrets|private keys?|environment variables|cookies)\\b[^.]{0,40}? (?:to ${ELSEWHERE}|${PARAMETER})`,
    `\\b(?:send|upload|post|forward|transmit|leak|exfiltrate|e-?mail|attach)\\b (?:(?!to\\b)\\w+ ){0,3}?["'~/\\w-]{0,20}(?:${HARD_PATH})`,
    `\\b(?:read|extract|collect|gather|grab|harvest|steal|take)\\b [^.]{0,40}?${SECRETS} (?:from|in|of) (?:the )?(?:environment|user|disk|system|machine|process|browser)[^.]{0,60}?\\b${HAND}\\b`,
    `\\b${SEND} (?:\\w+ ){0,2}?(?:the user's|users?'?|their|private) (?:\\w+ ){0,3}?(?:files?|documents?)[^.]{0,60}? to ${ELSEWHERE}`,
    '!\\[[^\\]]{0,100}\\]\\(https?://[^)\\s]{0,200}(?:\\{|<|\\$|%7b|\\[)',
  ),
  ...of(
    CONVERSATION,
    `\\b${SEND} (?:\\w+ ){0,3}?(?:entire|full|whole|complete|all (?:of )?(?:the|previous|prior|your)?|previous|every|prior|user's|users?'?) ?(?:\\w+ ){0,3}?(?:conversations?|chats?|chat history|messages?|history|dialog(?:ue)?s?|transcripts?|prompts?|context)\\b[^.]{0,80}? ${PARAMETER}`,
    `\\b${SEND} (?:\\w+ ){0,3}?(?:entire|full|whole|complete|all|previous|every|prior|user's) ?(?:\\w+ ){0,3}?(?:conversations?|chats?|chat history|messages|history|dialog(?:ue)?s?|transcripts?)\\b[^.]{0,50}? to ${ELSEWHERE}`,
    `(?<=.)\\b${SEND} (?:\\w+ ){0,2}?(?:the|this|our) (?:\\w+ )?(?:conversations?|chat history|chat log|message history|transcript|dialog(?:ue)?)(?: history| so far| log| transcript| with the user)? (?:to|as|in|into|via|with)\\b`,
    '\\b(?:call|use|invoke|run)\\b [^.]{0,40}?\\bwith (?:the |your )?(?:full|entire|whole|complete) (?:conversation|chat|message)',
    `\\b${SEND} (?:the|this) conversation to ${ELSEWHERE}`,
    `\\b(?:send|pass|include|provide|attach|append|forward|put) (?:the |your |our )?(?:full|entire|whole|complete) (?:conversation|chat|message) (?:history|log|transcript|so far)`,
    "\\b(?:should|must|needs? to|has to|have to) (?:include|contain|hold|carry|be) (?:the )?(?:(?:user's|full|entire|complete|whole) )+(?:chat|conversation|message)",
    `\\b(?:conversations?|chat history|chat|messages|transcript)\\b[^]{0,60}?\\b(?:send|post|upload|forward) (?:it|them|this|that|the \\w+) to ${ELSEWHERE}`,
    `\\b${SEND} every message\\b[^.]{0,40}? to ${ELSEWHERE}`,
  ),
  ...of(
    POSE,
    '<\\/?\\s*(?:important|critical|system|sys|instructions?|secret|hidden|override|admin|assistant|system-reminder|system_prompt)\\s*>(?=[^]{20})',
    '<\\|(?:im_start|im_end|system|user|assistant|endoftext)\\|>|\\[\\/?INST\\]|<<\\/?SYS>>|(?:^|\\s)### ?(?:system|instruction)\\b',
    '(?:^|[.!\\]] |\\n)(?:\\[?system\\]?|system (?:message|override|note|prompt)|admin note|developer note)\\s*: ?(?:you|ignore|the (?:assistant|model|ai|user)|always|never|from now|this is|new|all|do not|please)\\b',
    '\\[(?:system|admin|override)\\] ?(?=\\w)',
  ),
];

/** Of sentences that tell about such texts: what a scanner finds is quoted, or said to be found. */
const DETECTION =
  /\b(?:detect|scan|flag|block|prevent|find|identif|check|classif|guard|filter|recogni[sz]e|test|reject|screen)\w*\b/i;
const DETECTED =
  /\b(?:detect|scan|flag|block|prevent|identif|check|classif|guard|filter|recogni[sz]|reject|screen)\w*\b.{0,100}\b(?:injections?|jailbreaks?|attacks?|malicious|attempts?|phrases?|patterns?|suspicious|poison\w*|such as|like|e\.g\.)/i;

/** What warns a model of the orders in data: the opposite of an order. */
const WARNS = /^(?:do not|don't) (?:follow|obey)\b (?:any|all|the) (?:other )?instructions?$/i;
const OF_DATA =
  /^(?: (?:or|and) (?:commands?|requests?|directives?|links?))?,? (?:(?:that|which) (?:are|is|may be|might be) )?(?:returned by|contained in|embedded in|included in|found in|present in|inside|within|in|from) (?:this|the|these|its|any) (?:tools?|results?|outputs?|data|contents?|pages?|documents?|responses?|rows|websites?|files?|boundaries)\b(?! (?:prompts?|instructions?|messages?))/i;

const PIECE = 8000;
const OVERLAP = 400;

/** What a text tells the model to do, to follow what it is; each once. */
export function directivesIn(text: string): string[] {
  const found = new Set<string>();
  for (const said of readingsOf(text)) {
    for (let from = 0; from === 0 || from < said.length - OVERLAP; from += PIECE - OVERLAP) {
      const piece = said.slice(from, from + PIECE);
      for (const { what, pattern } of DIRECTIVES) {
        if (found.has(what)) continue;
        for (const match of piece.matchAll(pattern)) if (!isQuoted(piece, match)) found.add(what);
      }
    }
  }
  return [...found];
}

function isQuoted(text: string, { index, 0: match }: RegExpExecArray): boolean {
  if (WARNS.test(match) && OF_DATA.test(text.slice(index + match.length))) return true;
  const before = text.slice(Math.max(0, index - 200), index);
  const sentence = before.slice(Math.max(before.lastIndexOf('. '), before.lastIndexOf('! ')) + 1);
  const after = text.slice(index + match.length, index + match.length + 60);
  const isInQuotes =
    /["'`\u201c\u00ab][^"'`\u201c\u00ab]{0,40}$/.test(sentence) &&
    /^[^"'`\u201d\u00bb]{0,40}["'`\u201d\u00bb]/.test(after);
  return (isInQuotes && DETECTION.test(sentence)) || DETECTED.test(sentence);
}
