import type { Tools } from '../resources/resource-type.ts';
import type { Engine } from './engine.ts';
import type { Stack } from './stack.ts';

export interface ToolsOptions {
  readonly engine: Engine;
  readonly stack: Pick<Stack, 'name'>;
  readonly logicalId: string;
  readonly cancelled?: AbortSignal;
  readonly snapshot?: boolean;
  readonly identify?: (physicalId: string) => void;
}

/** How often a handler looks whether its resource is ready, in stack time. */
const pollMs = 250;

export function createTools({ engine, stack, logicalId, cancelled, ...options }: ToolsOptions): Tools {
  const { clock, random, accountId, region, signal } = engine.context;
  const ended = cancelled ? AbortSignal.any([signal, cancelled]) : signal;
  return {
    accountId,
    region,
    token: random.uuid(),
    snapshot: options.snapshot ?? false,
    call: async <Output>(...call: Parameters<Engine['call']>) => (await engine.call(...call)) as Output,
    identify: options.identify ?? (() => undefined),
    name: ({ maximum = 128, lowerCase = false } = {}) => {
      const suffix = random.text(12).toUpperCase();
      const stem = `${stack.name}-${logicalId}`.slice(0, maximum - suffix.length - 1);
      const name = `${stem}-${suffix}`;
      return lowerCase ? name.toLowerCase() : name;
    },
    until: async (check) => {
      while (!(await check())) await clock.sleep(pollMs, ended);
    },
  };
}
