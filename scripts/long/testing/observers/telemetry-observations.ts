import { randomBytes } from 'node:crypto';
import type { Stack } from '../../../../provisioning/attach.ts';
import type { Deployment } from '../../../../provisioning/deployment/schema.ts';
import { until } from '../until.ts';
import type { Observation } from './plane-observations.ts';
import { rawGet, rawPost } from './raw-http.ts';

/** Deliveries and queries by hand, of what the observer itself says. */
export function telemetryObservations(
  { descriptor }: Stack,
  deployment: Deployment,
): Readonly<Record<string, Observation>> {
  const { lokiUrl, tempoUrl, otlpUrl } = descriptor.telemetry;
  const pushed =
    (url: string): Observation =>
    async () => {
      const seen = await rawPost(url, 'Content-Type: application/json\r\n', '{}');
      return { there: typeof seen.status !== 'number', seen };
    };
  const push = async (): Promise<string> => {
    const line = randomBytes(8).toString('hex');
    const stream = { stream: { namespace: 'observer' }, values: [[`${Date.now()}000000`, line]] };
    const answer = await fetch(`${lokiUrl}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ streams: [stream] }),
    });
    if (!answer.ok) throw new Error(`Cannot push a line: ${answer.status} ${await answer.text()}`);
    return line;
  };
  const queried = async (line: string): Promise<boolean> => {
    const query = encodeURIComponent(`{namespace="observer"} |= "${line}"`);
    const start = BigInt(Date.now() - 600_000) * 1_000_000n;
    const answer = await fetch(`${lokiUrl}/loki/api/v1/query_range?query=${query}&start=${start}`);
    return (await answer.text()).includes(line);
  };
  return {
    'log-collector-down': pushed(`${lokiUrl}/loki/api/v1/push`),
    'trace-collector-down': pushed(`${otlpUrl}/v1/traces`),
    'log-backlog': heldBack(push, queried),
    'trace-backlog': heldBack(
      async () => {
        const trace = randomBytes(16).toString('hex');
        const headers = `traceparent: 00-${trace}-${trace.slice(16)}-01\r\n`;
        await rawGet(descriptor, deployment.domain.name, `/api/v1/whoami?o=${trace}`, { headers });
        return trace;
      },
      async (trace) => (await fetch(`${tempoUrl}/api/traces/${trace}`)).ok,
    ),
  };
}

/** There while what was just said does not come back within three seconds. */
function heldBack(say: () => Promise<string>, comesBack: (said: string) => Promise<boolean>): Observation {
  return async () => {
    const said = await say();
    const back = await until('what was said', 3000, () => comesBack(said)).catch(() => false);
    return { there: !back, seen: said };
  };
}
