import { AwsError } from '../../service.ts';

/** Lower case, one dot at the end, and every other character as an octal escape (Route 53 guide, "DNS domain name format"). */
export function canonicalName(name: string): string {
  const absolute = name.endsWith('.') ? name : `${name}.`;
  return absolute.toLowerCase().replace(/[^a-z0-9._\\-]/g, escapeCharacter);
}

/** The order of ListResourceRecordSets: labels from the right. */
export function reversedLabels(name: string): string {
  return name.replace(/\.$/, '').split('.').reverse().join('.').concat('.');
}

export function checkDomainName(name: string, code: 'InvalidDomainName' | 'InvalidInput'): void {
  const labels = name.replace(/\.$/, '').split('.');
  const valid = name.length <= 255 && labels.every((label) => label.length > 0 && label.length <= 63);
  if (!valid) throw new AwsError(code, `${name} is not a valid domain name`);
}

export function isWithin(name: string, zoneName: string): boolean {
  return name === zoneName || name.endsWith(`.${zoneName}`);
}

function escapeCharacter(character: string): string {
  return Buffer.from(character).reduce((text, byte) => `${text}\\${byte.toString(8).padStart(3, '0')}`, '');
}
