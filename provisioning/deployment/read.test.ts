import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DeploymentError, parseDeployment, readDeployment } from './read.ts';

const example = new URL('../deployments/artifacthub.yaml', import.meta.url).pathname;

test('the artifacthub example is valid', () => {
  expect(readDeployment(example).domain.name).toBe('artifacthub.example');
});

test('an invalid file gives every problem at once, with line and column', () => {
  const text = readFileSync(example, 'utf8')
    .replace(/windowSeconds: 60/, 'windowSeconds: 61')
    .replace(/securityPolicy: TLSv1.2_2021/, 'securityPolicy: SSLv3')
    .replace(/nodesMax: 10/, 'nodesMax: 1')
    .concat('\nsurprise: true\n');
  const problems = problemsOf(text);
  expect(problems.join('\n')).toContain('waf.rateRule.windowSeconds');
  expect(problems.join('\n')).toContain('edge.securityPolicy');
  expect(problems.join('\n')).toContain('surprise: unknown field');
  expect(problems.every((problem) => /^x\.yaml:\d+:\d+: /.test(problem))).toBe(true);
});

test('a rule over several fields is reported at the field to change', () => {
  const text = readFileSync(example, 'utf8').replace(/nodesMax: 10/, 'nodesMax: 1');
  expect(problemsOf(text)).toEqual([expect.stringContaining('cluster.nodesDesired: expected nodesMin')]);
});

test('text that is not YAML is reported with its place', () => {
  expect(problemsOf('a: [1\nb: 2')[0]).toMatch(/^x\.yaml:\d+:\d+: /);
});

function problemsOf(text: string): readonly string[] {
  try {
    parseDeployment(text, 'x.yaml');
  } catch (error) {
    if (error instanceof DeploymentError) return error.problems;
    throw error;
  }
  return [];
}
