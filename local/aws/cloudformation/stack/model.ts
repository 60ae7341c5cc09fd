import type { Tag } from '@aws-sdk/client-cloudformation';
import { resourceTypes } from '../resources/list.ts';
import type { Scope } from '../template/intrinsics.ts';
import { evaluateCondition } from '../template/intrinsics.ts';
import type { ParameterValue } from '../template/parameters.ts';
import type { Reference } from '../template/references.ts';
import { referencesIn } from '../template/references.ts';
import type { ResourceDeclaration, Template } from '../template/template.ts';
import { invalid, isRecord } from '../template/template.ts';

/** A template with its parameters: what is wanted, before anything is made. */
export interface Model {
  readonly template: Template;
  readonly parameters: ReadonlyMap<string, ParameterValue>;
  readonly conditions: ReadonlyMap<string, boolean>;
  /** Each resource that these conditions let exist, with those it must wait for, in an order that respects it. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  readonly tags: readonly Tag[];
}

/** `pseudo` gives the values of `AWS::…` parameters: conditions may use them. */
export function createModel(
  template: Template,
  parameters: ReadonlyMap<string, ParameterValue>,
  tags: readonly Tag[],
  pseudo: (name: string) => unknown,
): Model {
  checkReferences(template);
  const conditions = evaluateConditions(template, parameters, pseudo);
  const chosen = (name: string): boolean => conditions.get(name) ?? false;
  const active = Object.entries(template.resources).filter(
    ([, { Condition }]) => !Condition || chosen(Condition),
  );
  const ids = new Set(active.map(([id]) => id));
  const needs = new Map<string, readonly string[]>();
  for (const [id, declaration] of active) needs.set(id, needsOf(declaration, template, ids, chosen));
  return { template, parameters, conditions, needs: inOrder(needs), tags };
}

/** What can be refused before parameters are known (also `ValidateTemplate`). */
export function checkReferences(template: Template): void {
  const types = Object.values(template.resources).map(({ Type }) => Type);
  const unknown = [...new Set(types.filter((type) => !resourceTypes.has(type)))];
  if (unknown.length > 0)
    throw invalid(`Template format error: Unrecognized resource types: [${unknown.join(', ')}]`);
  for (const declaration of Object.values(template.resources)) {
    const wanted = [
      ...referencesIn(declaration.Properties),
      ...dependsOn(declaration).map((name) => ({ name })),
    ];
    checkSection(template, wanted, 'Resources');
    checkCondition(template, declaration.Condition, 'Resources');
  }
  for (const output of Object.values(template.outputs)) {
    checkSection(template, [...referencesIn(output.Value), ...referencesIn(output.Export)], 'Outputs');
    checkCondition(template, output.Condition, 'Outputs');
  }
}

function checkSection(template: Template, references: readonly Reference[], section: string): void {
  const unresolved = references.filter(({ name }) => !known(template, name)).map(({ name }) => name);
  if (unresolved.length > 0)
    throw invalid(
      `Template format error: Unresolved resource dependencies [${[...new Set(unresolved)].join(', ')}] in the ${section} block of the template`,
    );
  for (const { name, attribute } of references) {
    const type = template.resources[name]?.Type;
    if (attribute === undefined || type === undefined) continue;
    if (!resourceTypes.get(type)?.attributes?.includes(attribute))
      throw invalid(
        `Template error: resource ${name} does not support attribute type ${attribute} in Fn::GetAtt`,
      );
  }
}

function checkCondition(template: Template, name: string | undefined, section: string): void {
  if (name !== undefined && !(name in template.conditions))
    throw invalid(
      `Template format error: Unresolved condition dependency ${name} in the ${section} block of the template`,
    );
}

function known(template: Template, name: string): boolean {
  return name.startsWith('AWS::') || name in template.parameters || name in template.resources;
}

function evaluateConditions(
  template: Template,
  parameters: ReadonlyMap<string, ParameterValue>,
  pseudo: (name: string) => unknown,
): Map<string, boolean> {
  const values = new Map<string, boolean>();
  const scope: Scope = {
    ref: (name) => parameters.get(name)?.value ?? pseudo(name),
    condition: (name) => {
      const expression = template.conditions[name];
      if (expression === undefined)
        throw invalid(
          `Template format error: Unresolved condition dependency ${name} in the Conditions block of the template`,
        );
      const value = values.get(name) ?? evaluateCondition(expression, scope);
      values.set(name, value);
      return value;
    },
    mapped: (map, top, second) => mapped(template, map, top, second),
    attribute: refuseInCondition,
    exported: refuseInCondition,
    zones: refuseInCondition,
  };
  for (const name of Object.keys(template.conditions)) scope.condition(name);
  return values;
}

function refuseInCondition(): never {
  throw invalid('Template format error: Conditions can only use parameters, mappings and other conditions.');
}

export function mapped(template: Template, map: string, top: string, second: string): unknown {
  const level = template.mappings[map];
  if (!level)
    throw invalid(
      `Template error: Mapping named '${map}' is not present in the 'Mappings' section of template.`,
    );
  const value = isRecord(level[top]) ? level[top][second] : undefined;
  if (value === undefined)
    throw invalid(`Template error: Unable to get mapping for ${map}::${top}::${second}`);
  return value;
}

function needsOf(
  declaration: ResourceDeclaration,
  template: Template,
  active: ReadonlySet<string>,
  chosen: (condition: string) => boolean,
): string[] {
  const referred = referencesIn(declaration.Properties, chosen)
    .map(({ name }) => name)
    .filter((name) => name in template.resources);
  const absent = referred.filter((name) => !active.has(name));
  if (absent.length > 0)
    throw invalid(
      `Template format error: Unresolved resource dependencies [${absent.join(', ')}] in the Resources block of the template`,
    );
  // Depending on a resource that its condition leaves out is no error.
  const stated = dependsOn(declaration).filter((name) => active.has(name));
  return [...new Set([...referred, ...stated])];
}

function dependsOn({ DependsOn = [] }: ResourceDeclaration): string[] {
  return [DependsOn].flat().map(String);
}

function inOrder(needs: ReadonlyMap<string, readonly string[]>): Map<string, readonly string[]> {
  const ordered = new Map<string, readonly string[]>();
  while (ordered.size < needs.size) {
    const ready = [...needs].filter(
      ([id, others]) => !ordered.has(id) && others.every((other) => ordered.has(other)),
    );
    if (ready.length === 0) {
      const left = [...needs.keys()].filter((id) => !ordered.has(id));
      throw invalid(`Circular dependency between resources: [${left.join(', ')}]`);
    }
    for (const [id, others] of ready) ordered.set(id, others);
  }
  return ordered;
}
