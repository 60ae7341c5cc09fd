import { eventually } from '../../fixtures/eventually.ts';
import { forcedFailover } from '../../fixtures/faults/database/forced-failover.ts';
import type { Contender } from '../../fixtures/load/contending-writes.ts';
import { contendingWrites, mostAtOnce } from '../../fixtures/load/contending-writes.ts';
import { watchUsers } from '../../fixtures/load/watch-users.ts';
import { databaseParameterMutant } from '../../fixtures/mutants/database-parameter.ts';
import { withEnvironment, workloadMutant } from '../../fixtures/mutants/workload.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import type { ConnectionCount, ConnectionWatch } from '../../fixtures/probes/connection-counts.ts';
import { connectionLimit, watchConnections } from '../../fixtures/probes/connection-counts.ts';
import type { PodLife } from '../../fixtures/probes/pod-lives.ts';
import { readyPodLives } from '../../fixtures/probes/pod-lives.ts';
import { requirement } from '../../fixtures/requirement.ts';
import type { Session } from '../../fixtures/session.ts';
import { promised } from '../../fixtures/timeouts.ts';

const tooMany = /more connections than the database has/;

/** Of a pod's share of the limit: more requests than that at once, or a pool without limit looks like one with. */
const pressure = 2;

export default requirement(
  {
    id: 'RDS-8',
    title: 'keeps connections under the limit through the reconnect storm, and at the autoscaler’s maximum',
    level: 'core',
    layers: ['aws', 'edge', 'kubernetes'],
    disrupts: ['database'],
    faults: [forcedFailover.name],
    applies: ({ database }) => database !== 'none',
    needs: ['failover'],
    refs: [
      'PostgreSQL, Connections and Authentication, Connection Settings',
      'Amazon RDS User Guide, Maximum number of database connections',
    ],
    mutants: [
      workloadMutant('pool-without-limit', tooMany, withEnvironment('DATABASE_POOL_SIZE', '1000')),
      databaseParameterMutant('few-connections', tooMany, {
        ParameterName: 'max_connections',
        ParameterValue: '40',
      }),
    ],
  },
  async (session) => {
    const { deployment, faults, evidence } = session;
    const { autoscaling, workload } = deployment;
    const mostPods = autoscaling === 'none' ? workload.replicas : autoscaling.maxReplicas;
    const { limit, settings } = await connectionLimit(session);
    const share = Math.floor(limit / mostPods);
    const pods = await readyPodLives(session);
    if (pods.length === 0) throw new Inconclusive('No pod of the workload is ready');
    const users = watchUsers(session, '/api/v1/entries');
    await using watch = watchConnections(session);
    const before = await awaitServer(session, watch, 0, (server) => server !== undefined);
    const fault = await faults.inject(forcedFailover);
    await awaitServer(
      session,
      watch,
      fault.requestedAtMs,
      (server) => server !== undefined && server !== before,
    );
    const contenders = await contendingWrites(session, pressure * share * pods.length);
    await fault.end();
    await users.stop();
    const since = watch.counts.filter(({ atMs }) => atMs >= fault.requestedAtMs);
    const peaks = peaksOf(since, pods);
    const refused = [
      ...since.filter(({ kind }) => kind === 'refused'),
      ...contenders.filter(({ sqlState }) => sqlState === '53300'),
    ];
    evidence('connections', {
      settings,
      limit,
      mostPods,
      peaks,
      refused: refused.length,
      samples: since.length,
    });
    must(
      peaks.ofAPod * mostPods <= limit,
      'At its maximum the workload would take more connections than the database has',
      {
        expected: `at most ${limit} of ${mostPods} pods`,
        observed: `${mostPods} × ${peaks.ofAPod}; refused meanwhile: ${refused.length}`,
      },
    );
    must(
      refused.length === 0,
      'Connections are refused in the reconnect storm: more are wanted than the limit',
      {
        expected: 'no 53300',
        observed: refused.slice(0, 3),
      },
    );
    const pressed = pods.map(({ name }) => mostAtOnce(contenders, name));
    if (Math.min(...pressed) <= share)
      throw new Inconclusive(
        `Pods had ${pressed.join(', ')} requests at once, more than ${share} each are needed to tell their pools’ limit`,
      );
    mustHaveSeenStorm(contenders, peaks);
  },
);

/** Which server's life is seen since then; the first look at another is the instant when every pod connects anew. */
async function awaitServer(
  { deployment, clock, signal }: Session,
  { counts }: ConnectionWatch,
  sinceMs: number,
  until: (serverStartedAt: string | undefined) => boolean,
): Promise<string | undefined> {
  const seconds = deployment.database === 'none' ? 0 : deployment.database.failoverRtoSeconds;
  const { server: found } = await eventually({
    clock,
    signal,
    what: 'the connections to be seen, after the failover on another server',
    within: promised(2 * seconds, 0.2, 'twice the objective, which RDS-2 holds it to'),
    look: async () => {
      const seen = counts.findLast(({ atMs, kind }) => atMs >= sinceMs && kind === 'seen');
      return { server: seen?.kind === 'seen' ? seen.serverStartedAt : undefined, last: counts.at(-1) };
    },
    until: ({ server }) => until(server),
    otherwise: 'inconclusive',
  });
  return found;
}

interface Peaks {
  readonly all: number;
  readonly ofAPod: number;
}

function peaksOf(counts: readonly ConnectionCount[], pods: readonly PodLife[]): Peaks {
  const seen = counts.filter((count) => count.kind === 'seen');
  return {
    all: Math.max(0, ...seen.map(({ all }) => all)),
    ofAPod: Math.max(
      0,
      ...seen.flatMap(({ byAddress }) => pods.map(({ address }) => byAddress[address] ?? 0)),
    ),
  };
}

function mustHaveSeenStorm(contenders: readonly Contender[], { ofAPod }: Peaks): void {
  const written = contenders.filter(({ status }) => status === 201).length;
  if (written === 0 || ofAPod === 0)
    throw new Inconclusive(`No storm was seen: ${written} writes, at most ${ofAPod} connections of a pod`);
}
