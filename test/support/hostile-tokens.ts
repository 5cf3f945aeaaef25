import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** Claims that make a good token of a header and a key that are trusted. */
export interface Forgery {
  readonly what: string;
  readonly authorization: string;
  /** Why it must be refused: any of these. */
  readonly reasons: readonly string[];
}

/** Whoever is trusted, and an attacker who knows everything but the private keys. */
export interface World {
  readonly jwks: { readonly keys: readonly object[] };
  /** A token signed by a trusted key. */
  good(claims?: object, header?: object): string;
  /** One of the forgeries, by chance. */
  forge(next: () => number): Forgery;
}

const b64 = (value: string | Buffer): string => Buffer.from(value).toString('base64url');
const json = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
type Signer = (input: string) => Buffer;

const token = (header: unknown, payload: unknown, signer: Signer): string => {
  const input = `${b64(json(header))}.${b64(json(payload))}`;
  return `${input}.${b64(signer(input))}`;
};

const rs256 =
  (key: KeyObject): Signer =>
  (input) =>
    sign('sha256', Buffer.from(input), key);
const es256 =
  (key: KeyObject): Signer =>
  (input) =>
    sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
const hmac =
  (secret: string | Buffer, bits = 256): Signer =>
  (input) =>
    createHmac(`sha${bits}`, secret).update(input).digest();

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** The world at a moment: two trusted keys, RSA and elliptic. @param base claims of a good token */
export function hostileWorld(nowSeconds: number, base: Readonly<Record<string, unknown>>): World {
  const trusted = { rsa: rsa(), ec: ec() };
  const own = { rsa: rsa(), ec: ec() };
  const publicJwk = (key: KeyObject) => key.export({ format: 'jwk' });
  const pem = (key: KeyObject, type: 'spki' | 'pkcs1') => key.export({ format: 'pem', type }).toString();
  const claims = { ...base, iat: nowSeconds, exp: nowSeconds + 600 };
  const es = { alg: 'ES256', kid: 'ec' };
  const good = (changed: object = {}, header: object = {}) =>
    token({ ...es, typ: 'JWT', ...header }, { ...claims, ...changed }, es256(trusted.ec.privateKey));
  /** As it would be right, but for its text. */
  const signed = (payload: string, header: unknown = es) => token(header, payload, es256(trusted.ec.privateKey));

  const secrets: (string | Buffer)[] = [
    pem(trusted.rsa.publicKey, 'spki'),
    pem(trusted.rsa.publicKey, 'spki').trim(),
    pem(trusted.rsa.publicKey, 'pkcs1'),
    trusted.rsa.publicKey.export({ format: 'der', type: 'spki' }),
    JSON.stringify(publicJwk(trusted.rsa.publicKey)),
    String(publicJwk(trusted.rsa.publicKey).n),
    pem(trusted.ec.publicKey, 'spki'),
    JSON.stringify(publicJwk(trusted.ec.publicKey)),
    '',
    'secret',
    Buffer.alloc(32),
  ];
  const kids: unknown[] = [
    ...['../../../../dev/null', '/dev/null', '/proc/self/environ', 'file:///etc/passwd', 'C:\\Windows\\win.ini'],
    ...["' OR '1'='1", "x' UNION SELECT 'secret' --", 'ec; DROP TABLE keys', '$(id)', '`id`', '| id', '{{7*7}}'],
    ...['http://127.0.0.1:1/key', 'https://attacker.example/key.pem', '__proto__', 'constructor', 'toString', ''],
    ...['ec\u0000', 'EC', ' ec', 'ec ', 'е' + 'c', 'x'.repeat(4_000), '\u202e', '\ud800'],
    ...[null, 0, true, [], ['ec'], [['ec']], {}, { kid: 'ec' }, { toString: 'ec' }, 1e308],
  ];
  const hours = (n: number) => n * 3_600;
  const wrongClaims: [object, string][] = [
    ...[
      undefined,
      null,
      '',
      'https://issuer.example/',
      'HTTPS://ISSUER.EXAMPLE',
      ['https://issuer.example'],
      1,
      {},
    ].map((iss): [object, string] => [{ iss }, 'ISSUER']),
    ...[undefined, null, '', 'Roster', 'roster ', 'roster,other', [], ['other'], [['roster']], { 0: 'roster' }, 1].map(
      (aud): [object, string] => [{ aud }, 'AUDIENCE'],
    ),
    ...[nowSeconds - 31, nowSeconds - hours(1), 0, -1, -1e308].map((exp): [object, string] => [
      { exp, iat: Math.min(exp, nowSeconds) - 60 },
      'EXPIRED',
    ]),
    ...[undefined, null, 'never', String(nowSeconds + 60), [nowSeconds + 60], {}, true].map((exp): [object, string] => [
      { exp },
      'CLAIMS',
    ]),
    ...[nowSeconds + hours(24) + 1, nowSeconds + hours(24 * 365), 253_402_300_799, 1e308].map(
      (exp): [object, string] => [{ exp }, 'LIFETIME'],
    ),
    ...[nowSeconds + 31, nowSeconds + hours(1), 1e308].map((nbf): [object, string] => [{ nbf }, 'NOT_YET_VALID']),
    ...['soon', [0], {}, true].map((nbf): [object, string] => [{ nbf }, 'NOT_YET_VALID']),
    ...[nowSeconds + 31, nowSeconds + 300].map((iat): [object, string] => [{ iat }, 'NOT_YET_VALID']),
    ...[undefined, null, 'today', {}].map((iat): [object, string] => [{ iat }, 'NOT_YET_VALID']),
    ...[nowSeconds - hours(24) - 31, 0].map((iat): [object, string] => [{ iat }, 'EXPIRED']),
    ...[undefined, null, '', 1, [], {}, 'x'.repeat(256)].map((sub): [object, string] => [{ sub }, 'CLAIMS']),
    ...[undefined, null, '', '-', 'a#b', 'acme ', 'a/b', '*', ['acme'], {}, 1, 'x'.repeat(65), '__proto__#'].map(
      (org): [object, string] => [{ org }, 'CLAIMS'],
    ),
    ...[undefined, null, '', 'admin', 'ADMIN ', 'ROOT', 'constructor', 1, {}, [], ['ADMIN', 'HR'], [['ADMIN']]].map(
      (role): [object, string] => [{ role }, 'CLAIMS'],
    ),
    ...[null, '', 'a#b', 1, ['e'], {}, 'x'.repeat(65)].map((employee): [object, string] => [{ employee }, 'CLAIMS']),
    ...['id', 'refresh', '', null, ['access']].map((use): [object, string] => [{ token_use: use }, 'TYPE']),
  ];

  const pick = <T>(next: () => number, from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const casing = (next: () => number, text: string) =>
    [...text].map((letter) => (next() < 0.5 ? letter.toUpperCase() : letter)).join('');
  let wrong = 0;
  const MALFORMED = ['MALFORMED'];
  const FORGED = ['KEY', 'SIGNATURE'];

  /** Each kind of attack: what stands behind `Bearer `, and why it is refused. */
  const attacks: Readonly<Record<string, (next: () => number) => [string, readonly string[]]>> = {
    'no signature': (next) => {
      const alg = casing(next, 'none');
      const end = pick(next, ['', 'AA', b64('none'), good().split('.')[2] ?? '']);
      return [`${b64(json({ alg, typ: 'JWT' }))}.${b64(json(claims))}.${end}`, ['MALFORMED', 'ALGORITHM']];
    },
    'a public key as secret': (next) => {
      const bits = pick(next, [256, 384, 512]);
      const header = { alg: pick(next, [`HS${bits}`, `hs${bits}`]), kid: pick(next, ['rsa', 'ec', undefined]) };
      return [token(header, claims, hmac(pick(next, secrets), bits)), ['ALGORITHM']];
    },
    'an HMAC under the name of another algorithm': (next) => {
      const [alg, kid] = pick(next, [
        ['RS256', 'rsa'],
        ['ES256', 'ec'],
        ['PS256', 'rsa'],
      ]);
      return [token({ alg, kid }, claims, hmac(pick(next, secrets))), FORGED];
    },
    'an algorithm that there is not': (next) => {
      const alg = pick(next, [
        ...['', 'RS1', 'ES257', 'RS256 ', 'es256', 'A256GCM', 'dir', 'none ', 'RSA-OAEP'],
        null,
        1,
        {},
      ]);
      return [token({ ...es, alg }, claims, es256(trusted.ec.privateKey)), ['ALGORITHM', 'MALFORMED']];
    },
    'the kid of a key that there is not': (next) => [
      token({ alg: 'ES256', kid: pick(next, kids) }, claims, es256(own.ec.privateKey)),
      ['KEY', 'SIGNATURE', 'MALFORMED'],
    ],
    'a trusted kid, another key': (next) =>
      next() < 0.5
        ? [token(es, claims, es256(own.ec.privateKey)), ['SIGNATURE']]
        : [token({ alg: 'RS256', kid: 'rsa' }, claims, rs256(own.rsa.privateKey)), ['SIGNATURE']],
    'a key of its own in the header': (next) => {
      const jwk = { ...publicJwk(own.ec.publicKey), kid: 'ec', alg: 'ES256', use: 'sig' };
      const at = 'https://attacker.example/jwks.json';
      const header = pick<object>(next, [{ jwk }, { jku: at }, { x5u: at }, { x5c: [b64('x')] }, { jwk, jku: at }]);
      const kid = pick(next, ['ec', 'own', undefined]);
      return [token({ alg: 'ES256', kid, ...header }, claims, es256(own.ec.privateKey)), FORGED];
    },
    'extensions that must be understood': (next) => {
      const header = pick<object>(next, [
        ...[{ crit: ['exp'], exp: 1 }, { crit: [] }, { crit: ['b64'], b64: false }, { crit: 'alg' }, { crit: [''] }],
        ...[{ crit: ['http://example.com/x'], 'http://example.com/x': 1 }, { crit: null }, { crit: {} }],
      ]);
      return [signed(json(claims), { ...es, ...header }), MALFORMED];
    },
    'a wrong claim': () => {
      // By turns: picked by chance, none of a reason that only a few are for might come.
      const [changed, reason] = wrongClaims[wrong++ % wrongClaims.length] as (typeof wrongClaims)[number];
      // Whether a claim that must be a time is missing or something else, it is the claim that is at fault.
      return [good(changed), [reason, 'CLAIMS']];
    },
    'another type of token': (next) => {
      const typ = pick(next, ['logout+jwt', 'secevent+jwt', 'dpop+jwt', 'JWE', 'at+jwt2', '', 'x'.repeat(500)]);
      return [good({}, { typ }), ['TYPE']];
    },
    'a claim twice, the first one good': (next) => {
      const name = pick(next, ['org', 'role', 'iss', 'exp']);
      const bad = { org: '"a#b"', role: '"KING"', iss: '"https://attacker.example"', exp: '1' }[name];
      return [signed(`${json(claims).slice(0, -1)},"${name}":${bad}}`), ['CLAIMS', 'ISSUER', 'EXPIRED']];
    },
    'a payload that is no object': (next) => {
      const text = pick(next, ['null', '[]', '"x"', '1', '', '{', '\u0000', '{"a":}', `${'['.repeat(2_000)}`]);
      return [signed(text), MALFORMED];
    },
    'a header that is no header': (next) => {
      const text = pick(next, [
        'null',
        '[]',
        '"ES256"',
        '1',
        '{}',
        '{',
        '{"alg":["ES256"]}',
        '{"alg":{}}',
        '['.repeat(2_000),
      ]);
      return [signed(json(claims), text), ['MALFORMED', 'ALGORITHM']];
    },
    'an end cut off': (next) => {
      const whole = good();
      return [whole.slice(0, Math.floor(next() * (whole.length - 1))), ['MALFORMED', 'SIGNATURE']];
    },
    'a bit of its signature changed': (next) => {
      const [header, payload, signature = ''] = good().split('.');
      const bytes = Buffer.from(signature, 'base64url');
      const at = Math.floor(next() * bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(next() * 8));
      return [`${header}.${payload}.${b64(bytes)}`, ['SIGNATURE']];
    },
    'a letter of it changed': (next) => {
      const whole = good();
      const at = Math.floor(next() * whole.length);
      const other = pick(
        next,
        [...'ABCxyz019-_'].filter((letter) => letter !== whole[at]),
      );
      return [`${whole.slice(0, at)}${other}${whole.slice(at + 1)}`, ['MALFORMED', 'SIGNATURE', 'ALGORITHM', 'KEY']];
    },
    'a signature in another spelling': (next) => {
      const whole = good();
      // The last letter of a signature of 64 bytes has four bits to spare.
      const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const value = letters.indexOf(whole.at(-1) ?? '');
      const spare = `${whole.slice(0, -1)}${letters[value ^ (1 + Math.floor(next() * 15))]}`;
      return [pick(next, [`${whole}=`, `${whole}==`, spare, `${whole}\t`.replace('\t', '%3D')]), MALFORMED];
    },
    'a signature of nothing': (next) => {
      const [header, payload] = good().split('.');
      // Zeros, and the order of the curve, which implementations have taken for signatures of anything.
      const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
      const one = Buffer.concat([Buffer.alloc(31), Buffer.from([1])]);
      const halves = [Buffer.alloc(32), order, one, Buffer.alloc(32, 255)];
      const bytes = pick(next, [
        Buffer.concat([pick(next, halves), pick(next, halves)]),
        Buffer.alloc(Math.floor(next() * 200) + 1),
        // As OpenSSL writes it, which JWTs do not.
        sign('sha256', Buffer.from(`${header}.${payload}`), trusted.ec.privateKey),
      ]);
      return [`${header}.${payload}.${b64(bytes)}`, ['SIGNATURE']];
    },
    'the signature of another token': () => {
      const [header] = good().split('.');
      const [, payload] = good({ role: 'ADMIN', org: 'umbrella' }).split('.');
      return [`${header}.${payload}.${good().split('.')[2]}`, ['SIGNATURE']];
    },
    'parts too few or too many': (next) => {
      const whole = good();
      const [header, payload, signature] = whole.split('.');
      return [
        pick(next, [
          ...[
            '',
            '.',
            '..',
            '...',
            `${header}`,
            `${header}.${payload}`,
            `${header}.${payload}.`,
            `.${payload}.${signature}`,
          ],
          ...[`${whole}.`, `${whole}.${signature}`, `${header}..${signature}`, `${whole}.a.b`, `${whole} ${whole}`],
          ...[`${whole},Bearer ${whole}`, `${whole}\u00e9`, json({ payload, signatures: [] }), '{', 'null'],
        ]),
        MALFORMED,
      ];
    },
    'more than a header holds': (next) => {
      const junk = 'x'.repeat(8_192 + Math.floor(next() * 100_000));
      return [pick(next, [junk, `${good()}${junk}`, good({ junk }), good({}, { junk }), `a.${junk}.b`]), MALFORMED];
    },
  };
  const kinds = Object.keys(attacks);
  let turn = 0;
  const jwk = (key: KeyObject, kid: string, alg: string) => ({ ...publicJwk(key), kid, alg, use: 'sig' });
  return {
    jwks: { keys: [jwk(trusted.rsa.publicKey, 'rsa', 'RS256'), jwk(trusted.ec.publicKey, 'ec', 'ES256')] },
    good,
    forge(next) {
      const what = kinds[turn++ % kinds.length] as string;
      const [text, reasons] = attacks[what]?.(next) ?? ['', []];
      return { what, authorization: `Bearer ${text}`, reasons };
    },
  };
}
