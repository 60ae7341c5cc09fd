import type { HealthCheckRegion } from '@aws-sdk/client-route-53';
import type { Clock } from '../../base/clock.ts';
import type { Attempted, AttemptOptions } from './attempt.ts';
import { attempt } from './attempt.ts';
import type { HealthCheck, Observation } from './health-check.ts';

export interface HealthChecksOptions extends Pick<AttemptOptions, 'resolve'> {
  readonly clock: Clock;
  /** Where the checkers ask from, each its own. */
  readonly addresses: readonly string[];
}

/** Route 53's checkers: in several regions, each with an opinion of its own. */
export interface HealthChecks extends AsyncDisposable {
  /** Those that there are now; one that stays as it was keeps its opinions. */
  apply(checks: readonly HealthCheck[]): void;
  /** True of one that is new, disabled or unknown. */
  healthy(id: string): boolean;
  observations(id: string): readonly Observation[];
}

export function createHealthChecks(options: HealthChecksOptions): HealthChecks {
  const running = new Map<string, Running>();
  const start = (check: HealthCheck): Running => {
    const stop = new AbortController();
    const checkers = options.addresses.map((address, index) =>
      newChecker(regions[index] ?? regions[0], address),
    );
    const work = check.disabled
      ? []
      : checkers.map((checker, index) =>
          ask({
            checker,
            check,
            delayMs: (check.intervalMs * index) / checkers.length,
            ...options,
            stop: stop.signal,
          }),
        );
    return { check, checkers, stop, work: Promise.all(work) };
  };
  const end = async ({ stop, work }: Running): Promise<void> => {
    stop.abort(new Error('The health check is gone'));
    await work;
  };
  const ending = new Set<Promise<void>>();
  const letGo = (old: Running): void => {
    const ended = end(old).finally(() => ending.delete(ended));
    ending.add(ended);
  };
  return {
    apply: (checks) => {
      const wanted = new Map(checks.map((check) => [check.id, check]));
      for (const [id, old] of running) {
        if (isSame(old.check, wanted.get(id))) continue;
        running.delete(id);
        letGo(old);
      }
      for (const [id, check] of wanted) if (!running.has(id)) running.set(id, start(check));
    },
    healthy: (id) => {
      const found = running.get(id);
      return found === undefined || isHealthy(found);
    },
    observations: (id) => (running.get(id)?.checkers ?? []).flatMap(({ last }) => last ?? []),
    [Symbol.asyncDispose]: async () => {
      for (const each of running.values()) letGo(each);
      running.clear();
      await Promise.all(ending);
    },
  };
}

/** The first of those that AWS lets a check choose; it takes three at the least (API reference, HealthCheckConfig). */
const regions = ['us-east-1', 'us-west-2', 'eu-west-1'] as const;

interface Checker {
  readonly region: HealthCheckRegion;
  readonly address: string;
  healthy: boolean;
  /** How many attempts in a row contradicted that. */
  contradicted: number;
  last?: Observation;
}

interface Running {
  readonly check: HealthCheck;
  readonly checkers: readonly Checker[];
  readonly stop: AbortController;
  readonly work: Promise<unknown>;
}

function newChecker(region: HealthCheckRegion, address: string): Checker {
  return { region, address, healthy: true, contradicted: 0 };
}

/** Developer guide, "How Route 53 determines whether a health check is healthy": when more than 18 % say so. */
function isHealthy({ check, checkers }: Running): boolean {
  if (check.disabled) return true;
  const share = checkers.filter(({ healthy }) => healthy).length / checkers.length;
  return share > 0.18 !== check.inverted;
}

interface Asking extends HealthChecksOptions {
  readonly checker: Checker;
  readonly check: HealthCheck;
  /** Checkers do not know of each other: their attempts are spread over the interval. */
  readonly delayMs: number;
  readonly stop: AbortSignal;
}

async function ask({ checker, check, delayMs, clock, resolve, stop: signal }: Asking): Promise<void> {
  try {
    await clock.sleep(delayMs, signal);
    for (;;) {
      const startedMs = clock.elapsedMs();
      const told = await attempt(check, { clock, from: checker.address, resolve, signal });
      checker.last = {
        region: checker.region,
        address: checker.address,
        status: told.status,
        at: clock.now(),
      };
      listen(checker, told, check.threshold);
      await clock.sleep(Math.max(0, startedMs + check.intervalMs - clock.elapsedMs()), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Only so many contradictions in a row change a mind. */
function listen(checker: Checker, { healthy }: Attempted, threshold: number): void {
  checker.contradicted = healthy === checker.healthy ? 0 : checker.contradicted + 1;
  if (checker.contradicted < threshold) return;
  checker.healthy = healthy;
  checker.contradicted = 0;
}

function isSame(one: HealthCheck, other: HealthCheck | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
