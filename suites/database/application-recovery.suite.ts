import { eventually } from '../../fixtures/eventually.ts';
import type { Attempt } from '../../fixtures/failover/attempt.ts';
import { isAcknowledged } from '../../fixtures/failover/attempt.ts';
import { failoverSeen } from '../../fixtures/failover/failover-seen.ts';
import { startDatabaseObservers } from '../../fixtures/failover/start-observers.ts';
import { forcedFailover } from '../../fixtures/faults/database/forced-failover.ts';
import { withEnvironment, workloadMutant } from '../../fixtures/mutants/workload.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import type { ApplicationWatch } from '../../fixtures/probes/application-answers.ts';
import { watchApplication } from '../../fixtures/probes/application-answers.ts';
import { lastingRecovery } from '../../fixtures/probes/lasting-recovery.ts';
import type { PodLife } from '../../fixtures/probes/pod-lives.ts';
import { readyPodLives } from '../../fixtures/probes/pod-lives.ts';
import { requirement } from '../../fixtures/requirement.ts';
import type { Session } from '../../fixtures/session.ts';
import { promised } from '../../fixtures/timeouts.ts';

const neverBack = /every pod to serve writes again/;

/** Every pod is killed for an outage that is not its own, and comes back cold. */
const livenessAsksDatabase = workloadMutant(
  'liveness-asks-database',
  /Containers were restarted/,
  async () => [
    {
      op: 'replace',
      path: '/spec/template/spec/containers/0/livenessProbe/httpGet/path',
      value: '/healthz/database',
    },
  ],
);

export default requirement(
  {
    id: 'RDS-4',
    title: 'recovers at the application without a restart, within its own objective',
    level: 'core',
    layers: ['aws', 'edge', 'kubernetes'],
    disrupts: ['database'],
    faults: [forcedFailover.name],
    applies: ({ database }) => database !== 'none',
    needs: ['failover'],
    refs: [
      'Amazon RDS User Guide, Setting the JVM TTL for DNS name lookups',
      'Kubernetes, Liveness, Readiness, and Startup Probes',
    ],
    mutants: [
      workloadMutant('resolves-once', neverBack, withEnvironment('RESOLVES_DATABASE_ONCE', 'true')),
      workloadMutant('keeps-connections', neverBack, withEnvironment('KEEPS_DATABASE_CONNECTIONS', 'true')),
      livenessAsksDatabase,
    ],
  },
  async (session) => {
    const { deployment, clock, faults, evidence, signal } = session;
    if (deployment.database === 'none') return;
    const { applicationRtoSeconds } = deployment.database;
    await using application = watchApplication(session, 18);
    await using observers = await startDatabaseObservers(session.stack, {
      direct: { over: 'kept-connection', address: 'honours-ttl' },
    });
    const { attempts } = observers.seen.direct;
    const before = await steady(
      session,
      application,
      () => attempts.findLast(isAcknowledged) ?? attempts.at(-1),
    );
    const pods = before.map(({ name }) => name);
    const fault = await faults.inject(forcedFailover);
    const sinceMs = fault.requestedAtMs;
    const look = async () => ({
      database: failoverSeen(attempts, sinceMs)?.firstOk ? 'back' : 'away',
      byPod: lastingRecovery(application.answers(), { sinceMs, pods }).byPod,
    });
    await eventually({
      clock,
      signal,
      what: 'the database to be back and every pod to serve writes again after the failover',
      within: promised(applicationRtoSeconds, 1, 'the declared recovery time objective of the application'),
      look,
      until: ({ database, byPod }) =>
        database === 'back' && Object.values(byPod).every((at) => typeof at === 'number'),
    }).catch(async (error: unknown) => {
      await mustNotHaveRestarted(session, before);
      throw error;
    });
    await fault.end();
    await mustNotHaveRestarted(session, before);
    const seen = lastingRecovery(application.answers(), { sinceMs, pods });
    const database = failoverSeen(attempts, sinceMs);
    if (!database?.firstOk)
      throw new Inconclusive(
        'No direct write failed during the failover: the observer was too slow to see it',
      );
    const applicationMs =
      seen.firstFailedAtMs === undefined ? 0 : (seen.recoveredAtMs ?? Date.now()) - seen.firstFailedAtMs;
    const outages = {
      databaseStackSeconds: clock.toStackMs(database.outage.lengthMs) / 1000,
      applicationStackSeconds: clock.toStackMs(applicationMs) / 1000,
    };
    evidence('recovery', { ...outages, objectiveSeconds: applicationRtoSeconds, byPod: seen.byPod });
    must(
      seen.recoveredAtMs !== undefined && outages.applicationStackSeconds <= applicationRtoSeconds,
      'The application recovers later than its objective',
      {
        expected: `at most ${applicationRtoSeconds} s`,
        observed: { ...outages, byPod: seen.byPod },
      },
    );
    if (application.unsent > 0)
      throw new Inconclusive(
        `${application.unsent} requests were due while as many as may be were under way`,
      );
  },
);

/** The pods whose recovery is asked for; each of them serves writes before the failover. */
async function steady(
  session: Session,
  application: ApplicationWatch,
  direct: () => Attempt | undefined,
): Promise<readonly PodLife[]> {
  const pods = await readyPodLives(session);
  const serving = () =>
    new Set(
      application.answers().flatMap(({ kind, served, pod }) => (kind === 'write' && served ? [pod] : [])),
    );
  await eventually({
    clock: session.clock,
    signal: session.signal,
    what: 'every ready pod to serve writes before the failover',
    within: promised(120, 1, 'new connections on every hop'),
    look: async () => ({
      direct: direct()?.answer,
      silent: pods.map(({ name }) => name).filter((name) => !serving().has(name)),
      last: application.answers().at(-1),
    }),
    until: (seen) => seen.direct?.acknowledged === true && pods.length > 0 && seen.silent.length === 0,
    otherwise: 'inconclusive',
  });
  return pods;
}

async function mustNotHaveRestarted(session: Session, before: readonly PodLife[]): Promise<void> {
  const now = await readyPodLives(session);
  const changed = before.filter(
    ({ uid, restarts }) => !now.some((pod) => pod.uid === uid && pod.restarts === restarts),
  );
  must(changed.length === 0, 'Containers were restarted, or pods replaced, in the failover', {
    expected: before,
    observed: now,
  });
}
