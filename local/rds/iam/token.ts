import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface TokenExpectation {
  /** `<endpoint name>:<port>`, as the token was made for. */
  readonly host: string;
  readonly user: string;
  readonly region: string;
  /** Undefined for an access key that nobody has. */
  readonly secretOf: (accessKeyId: string) => string | undefined;
  readonly now: Date;
}

/**
 * Whether a password is an authentication token of RDS: a presigned request `connect` of the service `rds-db`, without its
 * scheme (RDS User Guide, "Creating a database user account using IAM authentication"; IAM User Guide, "Signature
 * Version 4, query parameters").
 */
export function acceptsToken(token: string, expectation: TokenExpectation): boolean {
  const query = queryOf(token, expectation.host);
  if (!query) return false;
  const { user, region, secretOf, now } = expectation;
  const [accessKeyId = '', date = '', ...scope] = (query.get('X-Amz-Credential') ?? '').split('/');
  const time = query.get('X-Amz-Date') ?? '';
  const secret = secretOf(accessKeyId);
  return (
    secret !== undefined &&
    query.get('Action') === 'connect' &&
    query.get('DBUser') === user &&
    query.get('X-Amz-Algorithm') === algorithm &&
    query.get('X-Amz-SignedHeaders') === 'host' &&
    scope.join('/') === `${region}/${service}/aws4_request` &&
    time.startsWith(date) &&
    isCurrent(time, Number(query.get('X-Amz-Expires')), now) &&
    isSame(query.get('X-Amz-Signature') ?? '', signature(query, { ...expectation, secret, date, time }))
  );
}

const algorithm = 'AWS4-HMAC-SHA256';
const service = 'rds-db';
/** RDS User Guide: a token lasts 15 minutes, whatever it asks for. */
const lifetimeSeconds = 900;
/** How far a signer's clock may be ahead: what AWS allows for requests of any service. */
const aheadSeconds = 300;

function queryOf(token: string, host: string): URLSearchParams | undefined {
  const prefix = `${host}/?`;
  return token.startsWith(prefix) ? new URLSearchParams(token.slice(prefix.length)) : undefined;
}

function isCurrent(time: string, expiresSeconds: number, now: Date): boolean {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? [];
  const ageSeconds =
    (now.getTime() - Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)) / 1000;
  return ageSeconds >= -aheadSeconds && ageSeconds <= Math.min(expiresSeconds, lifetimeSeconds);
}

function signature(
  query: URLSearchParams,
  { host, region, secret, date, time }: TokenExpectation & Record<'secret' | 'date' | 'time', string>,
): string {
  const parameters = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort();
  const request = ['GET', '/', parameters.join('&'), `host:${host}`, '', 'host', sha256('')].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = [algorithm, time, scope, sha256(request)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (signing, part) => hmac(signing, part),
    `AWS4${secret}`,
  );
  return hmac(key, toSign).toString('hex');
}

/** RFC 3986, which leaves fewer characters as they are than `encodeURIComponent`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
