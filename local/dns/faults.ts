import { isIPv4 } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Breakable, DnsEffect, DnsFault } from '../base/plane-fault.ts';
import type { Random } from '../base/random.ts';
import type { ZoneView } from './answer.ts';
import { canonicalName } from './domain-name.ts';
import type { ZoneIndex } from './zone-index.ts';

export interface DnsFaults extends Breakable<DnsFault> {
  /** What the server says, with what is broken now in front of its zones. */
  view(): ZoneView;
  /** Resolves when an answer about this name may leave; false when it is lost on its way. */
  passes(name: string, transport: 'udp' | 'tcp', signal: AbortSignal): Promise<boolean>;
}

export interface DnsFaultsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The zones as they are now. */
  zones(): ZoneIndex;
  /** What a health check says. */
  healthy(healthCheckId: string): boolean;
}

/** Several faults of one name stand at once: delays add up, each loss takes its share, and the gravest word counts. */
export function createDnsFaults({ clock, random, zones, healthy }: DnsFaultsOptions): DnsFaults {
  const broken = new Map<string, Broken>();
  const effectsOf = (name: string): readonly Broken[] =>
    [...broken.values()].filter(({ covers }) => covers(name));
  return {
    break: async (id, { name, effect }) => {
      checkEffect(effect);
      if (!broken.has(id)) broken.set(id, { covers: coverageOf(name), effect, zones: zones() });
    },
    mend: async (id) => void broken.delete(id),
    view: () => ({
      zonesFor: (name) => effectsOf(name).find(({ effect }) => effect.kind === 'stale')?.zones ?? zones(),
      insteadOf: (name) => gravest(effectsOf(name)),
      healthy,
      draw: () => random.next(),
    }),
    passes: async (name, transport, signal) => {
      const effects = effectsOf(name).map(({ effect }) => effect);
      if (
        transport === 'udp' &&
        effects.some((effect) => effect.kind === 'loss' && random.next() < effect.share)
      )
        return false;
      const delayWallMs = effects.reduce(
        (sum, each) => sum + (each.kind === 'slow' ? each.delayWallMs : 0),
        0,
      );
      if (delayWallMs > 0) await clock.sleep(clock.toStackMs(delayWallMs), signal);
      return true;
    },
  };
}

interface Broken {
  readonly covers: (name: string) => boolean;
  readonly effect: DnsEffect;
  /** Of the moment when it began. */
  readonly zones: ZoneIndex;
}

function coverageOf(text: string): (name: string) => boolean {
  const root = canonicalName(text);
  return (name) => root === '' || name === root || name.endsWith(`.${root}`);
}

function gravest(broken: readonly Broken[]): ReturnType<ZoneView['insteadOf']> {
  const kinds = broken.map(({ effect }) => effect);
  return (
    kinds.find((effect) => effect.kind === 'servfail') ??
    kinds.find((effect) => effect.kind === 'nxdomain') ??
    kinds.find((effect) => effect.kind === 'wrong-answer')
  );
}

/** It may have come over the control endpoint: what cannot be done is refused before anything breaks. */
function checkEffect(effect: DnsEffect): void {
  switch (effect.kind) {
    case 'slow':
      if (effect.delayWallMs >= 0) return;
      break;
    case 'loss':
      if (effect.share >= 0 && effect.share <= 1) return;
      break;
    case 'wrong-answer':
      if (isIPv4(effect.address)) return;
      break;
    default:
      if (['nxdomain', 'servfail', 'stale'].includes(effect.kind)) return;
  }
  throw new RangeError(
    `Cannot break DNS: expected an effect that it can have, got ${JSON.stringify(effect)}`,
  );
}
