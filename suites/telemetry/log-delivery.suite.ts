import { findLogLines } from '../../fixtures/canaries/log-canary.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { workloadMutant } from '../../fixtures/mutants/workload.ts';
import { must } from '../../fixtures/outcome.ts';
import { summary } from '../../fixtures/probes/http.ts';
import { requirement } from '../../fixtures/requirement.ts';
import { promised } from '../../fixtures/timeouts.ts';

/** Fluent Bit's own annotation: the agent leaves the pod's lines where they are. */
const excludedFromLogs = workloadMutant('pods-excluded-from-logs', /canary lines/, async () => [
  { op: 'add', path: '/spec/template/metadata/annotations', value: { 'fluentbit.io/exclude': 'true' } },
]);

const canaries = 20;

export default requirement(
  {
    id: 'LOG-1',
    title: 'delivers each canary line within its bound, at least once, duplicates within what is declared',
    level: 'core',
    layers: ['edge', 'kubernetes', 'telemetry'],
    applies: ({ telemetry }) => telemetry.logs !== 'none',
    refs: ['Loki, HTTP API, query_range', 'loki-canary'],
    mutants: [excludedFromLogs],
  },
  async (session) => {
    const { deployment, clock, viewer, url, evidence, signal } = session;
    if (deployment.telemetry.logs === 'none') return;
    const { deliverySeconds, duplicates } = deployment.telemetry.logs;
    const look = viewer();
    const agent = viewer({ from: undefined });
    const nonce = crypto.randomUUID();
    const sinceMs = Date.now() - 1000;
    const names = Array.from({ length: canaries }, (_, index) => `${nonce}-${index}`);
    for (const name of names) {
      const answer = await look.request(url(`/api/v1/log?canary=${name}`), { method: 'POST', signal });
      must(answer.answered && answer.status === 201, 'The application does not take a canary', {
        expected: 201,
        observed: summary(answer),
      });
    }
    const lines = await eventually({
      clock,
      signal,
      what: `all ${canaries} canary lines to be delivered`,
      within: promised(deliverySeconds, 1, 'the declared delivery bound'),
      look: () => findLogLines(session, agent, { text: nonce, sinceMs }),
      until: (found) => names.every((name) => found.some((line) => holds(line, name))),
    });
    const canaryLines = lines.filter((line) => line.includes('"message":"canary"'));
    const extra = canaryLines.length - canaries;
    must(extra <= duplicates * canaries, 'Canary lines are delivered more often than declared', {
      expected: `at most ${duplicates * canaries} duplicates`,
      observed: `${extra} duplicates of ${canaries} lines`,
    });
    evidence('log delivery', { canaries, lines: canaryLines.length });
  },
);

function holds(line: string, name: string): boolean {
  return line.includes(`"canary":"${name}"`);
}
