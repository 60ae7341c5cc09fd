import type { Clock } from '../base/clock.ts';
import type { ApiFault, Breakable } from '../base/plane-fault.ts';

/** What is broken now in front of the services, as every listener of theirs asks before it answers. */
export interface ApiFaults extends Breakable<ApiFault> {
  /** Resolves as late as the call is answered: with how it fails, or undefined when the service answers it. */
  meet(service: string): Promise<ApiFailure | undefined>;
}

export type ApiFailure = 'error' | 'throttling';

export interface ApiFaultsOptions {
  readonly clock: Clock;
  /** The services that there are, by the names that their requests are signed for. */
  readonly services: readonly string[];
  /** Ends what waits. */
  readonly signal: AbortSignal;
}

/** Several faults of one service stand at once: latencies add up, and an error comes before throttling. */
export function createApiFaults({ clock, services, signal }: ApiFaultsOptions): ApiFaults {
  const broken = new Map<string, ApiFault>();
  return {
    break: async (id, fault) => {
      checkFault(fault, services);
      if (!broken.has(id)) broken.set(id, fault);
    },
    mend: async (id) => void broken.delete(id),
    meet: async (service) => {
      const effects = [...broken.values()]
        .filter((fault) => fault.service === service)
        .map(({ effect }) => effect);
      const latencyWallMs = effects.reduce(
        (sum, effect) => sum + (effect.kind === 'latency' ? effect.latencyWallMs : 0),
        0,
      );
      if (latencyWallMs > 0) await clock.sleep(clock.toStackMs(latencyWallMs), signal);
      const kinds = effects.map(({ kind }) => kind);
      return failures.find((failure) => kinds.includes(failure));
    },
  };
}

const failures: readonly ApiFailure[] = ['error', 'throttling'];

/** It may have come over the control endpoint: what cannot be done is refused before anything breaks. */
function checkFault({ service, effect }: ApiFault, services: readonly string[]): void {
  if (!services.includes(service))
    throw new RangeError(
      `Cannot break the AWS API of "${service}": expected one of ${services.toSorted().join(', ')}`,
    );
  const known = effect.kind === 'latency' ? effect.latencyWallMs >= 0 : failures.includes(effect.kind);
  if (!known)
    throw new RangeError(
      `Cannot break the AWS API of "${service}": expected an effect that it can have, got ${JSON.stringify(effect)}`,
    );
}
