import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DeploymentError, parseDeployment } from './read.ts';

const example = readFileSync(new URL('../deployments/artifacthub.yaml', import.meta.url), 'utf8');
const [withoutSafety = ''] = example.split('\nsafety:');

function read(safety: string) {
  return parseDeployment(`${withoutSafety}\n${safety}`, 'x.yaml').safety;
}

test('a file that says nothing of safety gets one disruption at a time, and nothing that stops it but the users’ outage', () => {
  expect(read('')).toEqual({
    allow: {},
    maxConcurrentDisruptions: 1,
    quietHours: [],
    stopConditions: [],
    forbidLayers: [],
  });
});

test('quiet hours hold every day in UTC, and a stop condition speaks of every layer, unless it says otherwise', () => {
  const { quietHours, stopConditions } = read(`safety:
  quietHours: [{ from: 22:00, to: 06:00 }]
  stopConditions: [{ kind: alarm, name: errors }, { kind: command, command: [./ok.sh], everySeconds: 30, layers: [edge] }]`);
  expect(quietHours).toEqual([
    {
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
      from: '22:00',
      to: '06:00',
      timeZone: 'UTC',
    },
  ]);
  expect(stopConditions).toEqual([
    {
      kind: 'alarm',
      name: 'errors',
      everySeconds: 10,
      layers: ['aws', 'edge', 'kubernetes', 'database', 'telemetry'],
    },
    { kind: 'command', command: ['./ok.sh'], everySeconds: 30, layers: ['edge'] },
  ]);
});

test('every problem at once, each with its place', () => {
  const wrong = `safety:
  allow: { accounts: ['12'] }
  quietHours:
    - { from: 22:00, to: 22:00 }
    - { from: 25:00, to: 06:00, timeZone: Nowhere/X, days: [monday] }
  stopConditions: [{ kind: alarms, name: x }, { kind: alarm }, { kind: command, command: [] }]
  forbidLayers: [dns]
  maxConcurrentDisruptions: 0
  more: 1`;
  const problems = problemsOf(wrong).map((problem) => problem.replace(/^x\.yaml:\d+:\d+: safety\./, ''));
  expect(problems.map((problem) => problem.split(':')[0]).toSorted()).toEqual([
    'allow.accounts.0',
    'forbidLayers.0',
    'maxConcurrentDisruptions',
    'more',
    'quietHours.0.to',
    'quietHours.1.days.0',
    'quietHours.1.from',
    'quietHours.1.timeZone',
    'stopConditions.0.kind',
    'stopConditions.1.name',
    'stopConditions.2.command',
  ]);
  expect(problems).toContain('stopConditions.0.kind: expected "alarm" or "command"');
});

function problemsOf(safety: string): readonly string[] {
  try {
    read(safety);
  } catch (error) {
    if (error instanceof DeploymentError) return error.problems;
    throw error;
  }
  return [];
}
