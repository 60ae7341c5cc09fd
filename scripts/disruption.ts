import type { Deployment } from '../provisioning/deployment/schema.ts';
import type { StackDescriptor } from '../provisioning/stack.ts';
import type { LayerName } from '../reports/report.ts';

/** What the command line allows. */
export interface DisruptionOptions {
  /** Layers; everything on a local stack when absent, nothing elsewhere. */
  readonly allowDisruption?: readonly LayerName[];
  readonly allowProduction?: boolean;
}

export interface DisruptionTarget {
  readonly preset: StackDescriptor['preset'];
  readonly environment: Deployment['environment'];
  readonly forbidLayers: readonly LayerName[];
}

/** Why a requirement that disrupts these layers is left out; undefined when it may run. */
export type DisruptionPolicy = (disrupts: readonly LayerName[]) => string | undefined;

/** Faults are off on a stack that is not local unless the layers are named, and need a second flag in production (design §6). */
export function disruptionPolicy(
  { preset, environment, forbidLayers }: DisruptionTarget,
  { allowDisruption, allowProduction = false }: DisruptionOptions,
): DisruptionPolicy {
  const isLocal = preset !== 'aws';
  return (disrupts) => {
    if (disrupts.length === 0) return undefined;
    const forbidden = disrupts.filter((layer) => forbidLayers.includes(layer));
    if (forbidden.length > 0)
      return `it disrupts ${forbidden.join(', ')}, which safety.forbidLayers of the deployment file forbids`;
    if (isLocal && !allowDisruption) return undefined;
    const missing = disrupts.filter((layer) => !allowDisruption?.includes(layer));
    if (missing.length > 0)
      return `it disrupts ${disrupts.join(', ')}: not allowed without --allow-disruption ${missing.join(',')}`;
    if (!isLocal && environment === 'production' && !allowProduction)
      return `it disrupts ${disrupts.join(', ')} of a production environment: not allowed without --allow-production`;
    return undefined;
  };
}
