import type { Deployment } from './deployment/schema.ts';
import type { StackDescriptor } from './stack.ts';

export interface OpenOptions {
  readonly preset: 'embedded';
  readonly deployment: Deployment;
  readonly speed: number;
  readonly seed: number;
  /** True for `up`: disposing leaves the stack, which outlives this process from then on. */
  readonly stays: boolean;
  readonly say: (message: string) => void;
  readonly signal: AbortSignal;
}

export interface OpenedStack extends AsyncDisposable {
  readonly descriptor: StackDescriptor;
}

/** Name → preset, loaded only when it is asked for. */
const presets: Record<OpenOptions['preset'], () => Promise<(options: OpenOptions) => Promise<OpenedStack>>> =
  {
    embedded: async () => (await import('./embedded/open.ts')).openEmbedded,
  };

/** Stands a deployment up; a failure is a `StackError` and leaves nothing behind. */
export async function openStack(options: OpenOptions): Promise<OpenedStack> {
  const open = await presets[options.preset]();
  return open(options);
}
