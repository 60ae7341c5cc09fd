// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how manifests write a parameter
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { exampleBlueprint } from './example-blueprint-in-test.ts';
import { configurationParameters, ingressParameters, workloadParameters } from './manifest-parameters.ts';
import { manifestNames, renderManifest } from './manifests.ts';
import { createSteps } from './steps.ts';
import { readTemplateText, templateNames, templateParameters } from './templates.ts';

test('a value cannot change the structure of a manifest, and numbers stay numbers', () => {
  const text = 'a: ${N}\nb: "${N}"\nc: ${T}\nd: "x ${T}"\n';
  const value = '{evil: true}\n- "quoted"';
  expect(renderManifest(text, { N: '3', T: value })).toEqual([{ a: 3, b: '3', c: value, d: `x ${value}` }]);
  expect(() => renderManifest('a: ${ONE} ${TWO}', {})).toThrow('expected values for ONE, TWO');
});

test('each manifest states at its head exactly the parameters that it uses, and all of them are given', async () => {
  const sources = { image: 'i', network: {}, ingress: {}, database: {}, databasePassword: 'p' };
  const given = {
    ...ingressParameters(exampleBlueprint, sources),
    ...configurationParameters(exampleBlueprint, sources),
    ...workloadParameters(exampleBlueprint, sources),
  };
  for (const name of manifestNames) {
    const text = await readFile(new URL(`../manifests/${name}.yaml`, import.meta.url), 'utf8');
    const head = /# Parameters: ((?:.*\n)(?:# {3}.*\n)*)/.exec(text)?.[1]?.match(/[A-Z][A-Z0-9_]*/g) ?? [];
    const used = [...text.matchAll(/\$\{([A-Z][A-Z0-9_]*)\}/g)].map(([, found]) => found);
    expect(head.sort(), name).toEqual([...new Set(used)].sort());
    expect(() => renderManifest(text, given)).not.toThrow();
  }
});

test('each template is told no parameter that it does not have, and every one without a default', async () => {
  const { zone, network, registry, cluster, database, ingress, edge, alias, telemetry, load } =
    templateParameters;
  const blueprint = exampleBlueprint;
  if (!blueprint.database) throw new Error('the example has a database');
  const given: Record<(typeof templateNames)[number], Record<string, string>> = {
    zone: zone(blueprint),
    network: network(blueprint, 'pl-1'),
    registry: registry(blueprint),
    cluster: cluster(blueprint, {}),
    database: database(blueprint, blueprint.database, {}),
    ingress: ingress(blueprint, 'Z1'),
    edge: edge(blueprint, 'Z1', 'o'),
    alias: alias(blueprint, 'Z1', {}),
    telemetry: telemetry(blueprint),
    load: load({ repository: 'r', tag: 't', bucket: 'b' }),
  };
  for (const name of templateNames) {
    const declared: Record<string, { Default?: unknown }> = parse(await readTemplateText(name), {
      logLevel: 'silent',
    }).Parameters;
    const demanded = Object.keys(declared).filter((key) => declared[key]?.Default === undefined);
    expect(Object.keys(declared), name).toEqual(expect.arrayContaining(Object.keys(given[name])));
    expect(Object.keys(given[name]), name).toEqual(expect.arrayContaining(demanded));
  }
});

test('steps run when what they need is there, and the first failure cancels the rest', async () => {
  const seen: string[] = [];
  const { step, finish } = createSteps(new AbortController().signal, (event) =>
    seen.push(`${event.step} ${event.state}`),
  );
  const a = step('a', {}, async () => 1);
  const slow = step(
    'slow',
    {},
    (_none, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  const b = step('b', { a }, async (made) => {
    throw new Error(`no luck with ${made.a}`);
  });
  step('never', { b, slow }, async () => 0);
  await expect(finish()).rejects.toThrow('no luck with 1');
  expect(seen).toEqual(['a begun', 'slow begun', 'a done', 'b begun', 'b failed', 'slow failed']);
});
