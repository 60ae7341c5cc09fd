import type { SecureContextOptions } from 'node:tls';
import type { MinimumProtocolVersion } from '@aws-sdk/client-cloudfront';

/**
 * What a viewer may negotiate under a security policy, most preferred first.
 * CloudFront developer guide, "Supported protocols and ciphers between viewers and CloudFront".
 */
export function securityPolicy(
  name: MinimumProtocolVersion,
): Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers' | 'honorCipherOrder'> {
  const rank = policies.indexOf(name);
  if (rank < 0)
    throw new RangeError(`Cannot serve security policy "${name}": expected ${policies.join(', ')}`);
  const allowed = ciphers.filter(([, last]) => rank <= policies.indexOf(last)).map(([cipher]) => cipher);
  const minVersion = minimum(rank);
  // OpenSSL 3 refuses TLS 1.0 and 1.1 with their SHA-1 signatures above security level 0.
  const old = minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
  return {
    minVersion,
    maxVersion: 'TLSv1.3',
    ciphers: [...allowed, ...(old ? ['@SECLEVEL=0'] : [])].join(':'),
    honorCipherOrder: true,
  };
}

/** From the laxest to the strictest. SSLv3 is no longer in OpenSSL: the policy of that name begins at TLS 1.0. */
const policies: readonly MinimumProtocolVersion[] = [
  'SSLv3',
  'TLSv1',
  'TLSv1_2016',
  'TLSv1.1_2016',
  'TLSv1.2_2018',
  'TLSv1.2_2019',
  'TLSv1.2_2021',
  'TLSv1.2_2025',
  'TLSv1.3_2025',
];

function minimum(rank: number): 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' {
  if (rank <= policies.indexOf('TLSv1_2016')) return 'TLSv1';
  if (rank <= policies.indexOf('TLSv1.1_2016')) return 'TLSv1.1';
  return rank <= policies.indexOf('TLSv1.2_2025') ? 'TLSv1.2' : 'TLSv1.3';
}

/**
 * Each cipher with the strictest policy that has it. Where the table has two rows, one for each kind of key, both are
 * here. DES-CBC3-SHA and RC4-MD5, of the two laxest policies, are not in Node's OpenSSL.
 */
const ciphers: readonly (readonly [cipher: string, last: MinimumProtocolVersion])[] = [
  ['TLS_AES_128_GCM_SHA256', 'TLSv1.3_2025'],
  ['TLS_AES_256_GCM_SHA384', 'TLSv1.3_2025'],
  ['TLS_CHACHA20_POLY1305_SHA256', 'TLSv1.2_2025'],
  ['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLSv1.2_2025'],
  ['ECDHE-ECDSA-AES128-SHA256', 'TLSv1.2_2019'],
  ['ECDHE-ECDSA-AES128-SHA', 'TLSv1.1_2016'],
  ['ECDHE-ECDSA-AES256-GCM-SHA384', 'TLSv1.2_2025'],
  ['ECDHE-ECDSA-CHACHA20-POLY1305', 'TLSv1.2_2021'],
  ['ECDHE-ECDSA-AES256-SHA384', 'TLSv1.2_2019'],
  ['ECDHE-ECDSA-AES256-SHA', 'TLSv1.1_2016'],
  ['ECDHE-RSA-AES128-GCM-SHA256', 'TLSv1.2_2025'],
  ['ECDHE-RSA-AES128-SHA256', 'TLSv1.2_2019'],
  ['ECDHE-RSA-AES128-SHA', 'TLSv1.1_2016'],
  ['ECDHE-RSA-AES256-GCM-SHA384', 'TLSv1.2_2025'],
  ['ECDHE-RSA-CHACHA20-POLY1305', 'TLSv1.2_2021'],
  ['ECDHE-RSA-AES256-SHA384', 'TLSv1.2_2019'],
  ['ECDHE-RSA-AES256-SHA', 'TLSv1.1_2016'],
  ['AES128-GCM-SHA256', 'TLSv1.2_2018'],
  ['AES256-GCM-SHA384', 'TLSv1.2_2018'],
  ['AES128-SHA256', 'TLSv1.2_2018'],
  ['AES256-SHA', 'TLSv1.1_2016'],
  ['AES128-SHA', 'TLSv1.1_2016'],
];
