import { expect, test } from 'vitest';
import { acceptsToken } from './token.ts';

/** Made by botocore 1.43 with `generate_db_auth_token`, at 12:35:54 UTC. */
const token =
  'db.rds.example:5432/?Action=connect&DBUser=jane&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=STORMPROOF%2F20261121%2Fus-east-1%2Frds-db%2Faws4_request&X-Amz-Date=20261121T123554Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=ea5dae07ae6327f340b246f3687f97cfa83b360f853fdc11072306e4ffbc8176';
const expectation = {
  host: 'db.rds.example:5432',
  user: 'jane',
  region: 'us-east-1',
  secretOf: (id: string) => ({ STORMPROOF: 'stormproof', OTHER: 'other' })[id],
  now: new Date('2026-11-21T12:40:00Z'),
};

test('a token of botocore opens for 15 minutes, and for what it was made', () => {
  const accepts = (change: Partial<typeof expectation>, text = token) =>
    acceptsToken(text, { ...expectation, ...change });
  expect(accepts({})).toBe(true);
  expect(accepts({ now: new Date('2026-11-21T12:50:53Z') })).toBe(true);
  expect(accepts({ now: new Date('2026-11-21T12:50:55Z') })).toBe(false);
  expect(accepts({ now: new Date('2026-11-21T12:20:00Z') })).toBe(false);
  expect(accepts({ host: 'other.rds.example:5432' })).toBe(false);
  expect(accepts({ host: 'db.rds.example:5433' })).toBe(false);
  expect(accepts({ user: 'john' })).toBe(false);
  expect(accepts({ region: 'eu-west-1' })).toBe(false);
  expect(accepts({ secretOf: () => 'another' })).toBe(false);
  expect(accepts({ secretOf: () => undefined })).toBe(false);
});

test('nothing of a token can be changed', () => {
  const changed = [
    token.replace('DBUser=jane', 'DBUser=root'),
    token.replace('Expires=900', 'Expires=9000'),
    token.replace('20261121T123554Z', '20261121T123555Z'),
    token.replace('STORMPROOF', 'OTHER'),
    token.replace('connect', 'anything'),
    token.slice(0, -1),
    `${token.slice(0, -1)}é`,
    `${token}&Extra=1`,
    `https://${token}`,
    'a password',
    '',
  ];
  for (const text of changed) expect(acceptsToken(text, { ...expectation, user: 'jane' })).toBe(false);
});
