import type { Output } from '@aws-sdk/client-cloudformation';
import type { DescribeAvailabilityZonesCommandOutput } from '@aws-sdk/client-ec2';
import type { Scope } from '../template/intrinsics.ts';
import { evaluate, knownAfterApply } from '../template/intrinsics.ts';
import { usesIntrinsic } from '../template/references.ts';
import { invalid } from '../template/template.ts';
import type { Engine } from './engine.ts';
import { exportsOf, pseudoParameter } from './engine.ts';
import type { Model } from './model.ts';
import { mapped } from './model.ts';
import type { Stack, StackResource } from './stack.ts';

/** A resource as others see it; `pending` in a preview, where only creating it would tell. */
export type Seen = Pick<StackResource, 'physicalId' | 'attributes'> | 'pending' | undefined;

export interface ScopeOptions {
  readonly engine: Engine;
  readonly stack: Pick<Stack, 'id' | 'name'>;
  readonly model: Model;
  readonly zones: readonly string[];
  readonly see: (logicalId: string) => Seen;
  /** Told of every export that is used. */
  readonly imported?: (name: string) => void;
}

export function createScope({ engine, stack, model, zones, see, imported }: ScopeOptions): Scope {
  return {
    ref: (name) => {
      const parameter = model.parameters.get(name);
      if (parameter) return parameter.value;
      if (!(name in model.template.resources)) return pseudoParameter(engine, stack, name);
      const resource = see(name);
      return resource === 'pending' ? knownAfterApply : resource?.physicalId;
    },
    attribute: (logicalId, name) => {
      const resource = see(logicalId);
      return resource === 'pending' ? knownAfterApply : resource?.attributes[name];
    },
    condition: (name) => model.conditions.get(name) ?? false,
    mapped: (map, top, second) => mapped(model.template, map, top, second),
    exported: (name) => {
      const found = exportsOf(engine).find((one) => one.name === name && one.stack.id !== stack.id);
      if (!found) throw invalid(`No export named ${name} found.`);
      imported?.(name);
      return found.value;
    },
    zones: (region) => {
      if (region === '' || region === engine.context.region) return zones;
      throw invalid(
        `Template validation error: Template error: Fn::GetAZs cannot be used with region ${region}`,
      );
    },
  };
}

/** Asked for only by templates that use `Fn::GetAZs`. */
export async function zonesFor(engine: Engine, model: Model): Promise<readonly string[]> {
  if (!usesIntrinsic(model.template.resources, 'Fn::GetAZs')) return [];
  const output: DescribeAvailabilityZonesCommandOutput = (await engine.call(
    'ec2',
    'DescribeAvailabilityZones',
    {},
  )) as DescribeAvailabilityZonesCommandOutput;
  return (output.AvailabilityZones ?? []).map(({ ZoneName }) => String(ZoneName)).sort();
}

export function evaluateOutputs(model: Model, scope: Scope): Output[] {
  const wanted = Object.entries(model.template.outputs).filter(
    ([, { Condition }]) => !Condition || model.conditions.get(Condition),
  );
  return wanted.map(([OutputKey, { Value, Description, Export }]) => {
    const value = evaluate(Value, scope);
    if (typeof value === 'object' || value === undefined)
      throw invalid(
        `Template format error: The Value field of every Outputs member must evaluate to a String.`,
      );
    return {
      OutputKey,
      OutputValue: String(value),
      Description,
      ...(Export ? { ExportName: String(evaluate(Export.Name, scope)) } : {}),
    };
  });
}
