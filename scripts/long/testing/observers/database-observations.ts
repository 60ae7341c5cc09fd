import type { Stack } from '../../../../provisioning/attach.ts';
import type { Deployment } from '../../../../provisioning/deployment/schema.ts';
import { databaseClient } from './database-client.ts';
import type { Observation } from './plane-observations.ts';
import type { RawAnswer } from './raw-http.ts';
import { rawGet } from './raw-http.ts';

/** A PostgreSQL client of its own, and the application's database page over a socket. */
export async function databaseObservations(
  stack: Stack,
  deployment: Deployment,
): Promise<Readonly<Record<string, Observation>>> {
  const client = await databaseClient(stack);
  const answers =
    (judge: (answer: string) => boolean, text?: string): Observation =>
    async () => {
      const seen = await client.ask(text);
      return { there: judge(seen.answer), seen };
    };
  const failing = answers((answer) => answer.startsWith('failed'));
  const page =
    (judge: (answer: RawAnswer) => boolean): Observation =>
    async () => {
      const path = `/api/v1/database?observer=${Math.random()}`;
      const seen = await rawGet(stack.descriptor, deployment.domain.name, path);
      return { there: judge(seen), seen };
    };
  return {
    'database-connections-exhausted': answers((answer) => answer === 'failed: 53300'),
    'database-rebooted': failing,
    'database-primary-killed': failing,
    'database-primary-frozen': failing,
    'database-storage-full': failing,
    'database-replication-cut': answers(
      (answer) => answer !== '1',
      `with written as (select pg_logical_emit_message(true, 'observer', 'x'))
       select count(*)::text from pg_stat_replication, written where sync_state = 'sync'`,
    ),
    'database-unreachable-from-pods': page(({ status }) => status !== 200),
    'network-latency over pods-to-database': page(({ ms }) => ms >= 300),
    'network-reset over pods-to-database': page(({ status }) => status !== 200),
    'network-refused over pods-to-database': answers((answer) => answer === 'failed: ECONNREFUSED'),
    'network-half-open over pods-to-database': page(({ status }) => status !== 200),
    'network-bandwidth over pods-to-database': page(({ ms }) => ms >= 300),
    'network-latency over primary-to-standby': async () => {
      const quick = await client.ask();
      const written = await client.ask("select pg_logical_emit_message(true, 'observer', 'x')");
      return { there: written.ms - quick.ms >= 250, seen: { quick, written } };
    },
  };
}
