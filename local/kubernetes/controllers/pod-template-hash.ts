import type { V1PodTemplateSpec } from '@kubernetes/client-node';

/**
 * A short name for a template. Kubernetes hashes Go's memory layout (FNV-1a over a dump), which nobody may rely on;
 * the alphabet is its own (`rand.SafeEncodeString`: no vowels, so no words).
 */
export function podTemplateHash(template: V1PodTemplateSpec, collisionCount = 0): string {
  const text = canonicalJson(template) + (collisionCount || '');
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return [...String(hash)].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}

/** Equal apart from the label that the controller itself adds. */
export function sameTemplate(left?: V1PodTemplateSpec, right?: V1PodTemplateSpec): boolean {
  return canonicalJson(withoutHash(left)) === canonicalJson(withoutHash(right));
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
export const hashLabel = 'pod-template-hash';

function withoutHash(template: V1PodTemplateSpec | undefined): V1PodTemplateSpec | undefined {
  const labels = { ...template?.metadata?.labels };
  delete labels[hashLabel];
  return template && { ...template, metadata: { ...template.metadata, labels } };
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  );
}
