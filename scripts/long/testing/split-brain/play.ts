import { setTimeout as wait } from 'node:timers/promises';
import { checkLedger } from '../../../../fixtures/ledger/check-ledger.ts';
import { createClock } from '../../../../local/base/clock.ts';
import { claimLoopbackBlock } from '../../../../local/base/loopback.ts';
import { createRandom } from '../../../../local/base/random.ts';
import { startNetwork } from '../../../../local/network/network.ts';
import type { DatabaseDefect, DatabaseInstance, DatabasePlane } from '../../../../local/rds/contract.ts';
import type { TestPlane } from '../../../../local/rds/test-plane.ts';
import { openTestPlane } from '../../../../local/rds/test-plane.ts';
import { until } from '../until.ts';
import type { Clients, Write } from './clients.ts';
import { startClients } from './clients.ts';
import type { Disturbed, Undo } from './disturb.ts';
import { disturb } from './disturb.ts';
import type { Acknowledged } from './generations.ts';
import { firstOfEach, overlapsOf } from './generations.ts';
import type { Schedule } from './schedule.ts';

export interface Played {
  /** Empty: all is as it must be. */
  readonly problems: readonly string[];
  /** Apart from these: what `old-primary-not-fenced` and `asynchronous-standby` lead to. */
  readonly overlaps: number;
  readonly lost: number;
  readonly acknowledged: number;
  /** Servers that acknowledged, one start counted once. */
  readonly generations: number;
  /** What was done, with times, and what the instance said. */
  readonly log: readonly string[];
}

export interface PlayOptions {
  readonly defect?: DatabaseDefect;
}

/** Plays one schedule on an instance of its own, the database plane alone. */
export async function play(schedule: Schedule, { defect }: PlayOptions = {}): Promise<Played> {
  await using opened = new AsyncDisposableStack();
  const stopping = new AbortController();
  const block = opened.use(await claimLoopbackBlock());
  const network = opened.use(
    startNetwork({
      clock: createClock({ speed }),
      random: createRandom(schedule.seed),
      allocateAddress: () => block.next('network'),
      signal: stopping.signal,
    }),
  );
  const stack = opened.use(await openTestPlane({ speed, network }));
  opened.defer(() => stopping.abort(new Error('the schedule is over')));
  await stack.create();
  await createTable(stack);
  if (defect) await stack.plane.setDefect('db', defect, true);
  const clients = startClients({ seed: schedule.seed, connect: (to) => connect(stack, to) });
  opened.defer(async () => void (await clients.stop()));
  const story = startStory(stack, clients, stopping.signal);
  await acknowledgesMore(clients, 20);
  const startedAt = now();
  await playSteps(schedule, { plane: stack.plane, network }, story.tell);
  const problems = await settled(stack, clients, story.tell);
  const endedAt = now();
  if (problems.length === 0) await acknowledgesMore(clients, 20);
  const writes = await clients.stop();
  const rows = defect ? await rowsOf(stack).catch(() => []) : await rowsOf(stack);
  return judge({ writes, rows, problems, fault: { startedAt, endedAt }, log: story.log });
}

/** Faster, and a busy machine breaks the bounds of real I/O, which shrink with it. */
const speed = 50;

async function createTable(stack: TestPlane): Promise<void> {
  const client = await stack.connect();
  await client.query('create table entries (key text not null)');
  await client.end();
}

function connect(stack: TestPlane, { host, port }: { readonly host?: string; readonly port?: number }) {
  const change = { ...(host && { host }), ...(port && { port }) };
  return stack.connect({ connectionTimeoutMillis: 3000, ...change });
}

/** What happens, a line each; and clients come to know each server as it appears. */
function startStory(stack: TestPlane, clients: Clients, signal: AbortSignal) {
  const startedAt = now();
  const log: string[] = [];
  const tell = (line: string): void => void log.push(`${Math.round(now() - startedAt)} ms: ${line}`);
  let said = '';
  const look = (): void => {
    const { status, primary, standby } = stack.describe();
    for (const server of [primary, standby]) if (server) clients.meet(server.address);
    const line = `${status}, primary ${named(primary)}, standby ${named(standby)}, ${stack.events.at(-1)}`;
    if (line !== said) tell(line);
    said = line;
  };
  look();
  const timer = setInterval(look, 10);
  signal.addEventListener('abort', () => clearInterval(timer));
  return { log, tell };
}

function named(place: DatabaseInstance['primary']): string {
  return place ? `${place.address} (${place.pid})` : 'none';
}

/** Resolves when everything that was begun has ended. */
async function playSteps({ steps }: Schedule, on: Disturbed, tell: (line: string) => void): Promise<void> {
  const undone: Promise<void>[] = [];
  for (const [index, { atRest, afterWallMs, disturbance }] of steps.entries()) {
    // One that does not come is found at the end.
    if (atRest) await untilAtRest(on.plane).catch((error: Error) => tell(error.message));
    await wait(afterWallMs);
    const { done, undo } = await disturb(on, disturbance, `step-${index}`);
    tell(`${JSON.stringify(disturbance)}: ${done}`);
    if (undo && 'forWallMs' in disturbance) undone.push(undoAfter(disturbance.forWallMs, undo, index, tell));
  }
  await Promise.all(undone);
}

async function undoAfter(
  forWallMs: number,
  undo: Undo,
  index: number,
  tell: (line: string) => void,
): Promise<void> {
  await wait(forWallMs);
  await undo();
  tell(`step ${index} undone`);
}

/** The instance serves and has a standby again, whatever befell it. */
async function settled(stack: TestPlane, clients: Clients, tell: (line: string) => void) {
  try {
    await untilAtRest(stack.plane);
    await acknowledgesMore(clients, 1);
    return [];
  } catch (error) {
    tell(String(error));
    return [`not available with a standby again: ${JSON.stringify(stack.describe())}`];
  }
}

async function untilAtRest(plane: DatabasePlane): Promise<void> {
  await until('an instance that is available, with a standby', settleWallMs, () => {
    const { status, standby } = plane.describe('db');
    return status === 'available' && standby !== undefined;
  });
}

/** Detection, recovery, a failover and the making of a standby, each with its bound, on a machine that is busy. */
const settleWallMs = 120_000;

/** So many that were begun after this moment. */
async function acknowledgesMore(clients: Clients, more: number): Promise<void> {
  const since = now();
  const count = (): number =>
    clients.writes().filter(({ outcome, invokedAt }) => outcome === 'ok' && invokedAt > since).length;
  await until(`${more} writes`, 60_000, () => count() >= more);
}

async function rowsOf(stack: TestPlane): Promise<readonly { readonly key: string }[]> {
  const client = await stack.connect();
  const { rows } = await client.query<{ key: string }>('select key from entries');
  await client.end();
  return rows;
}

function acknowledgedOf(writes: readonly Write[]): readonly Acknowledged[] {
  return writes.flatMap(({ outcome, key, server, commitBeganAt, completedAt }) =>
    outcome === 'ok' && server && commitBeganAt ? [{ key, server, commitBeganAt, completedAt }] : [],
  );
}

interface Evidence {
  readonly writes: readonly Write[];
  readonly rows: readonly { readonly key: string }[];
  readonly problems: readonly string[];
  readonly fault: { readonly startedAt: number; readonly endedAt: number };
  readonly log: readonly string[];
}

function judge({ writes, rows, problems, fault, log }: Evidence): Played {
  const acknowledged = acknowledgedOf(writes);
  const overlaps = overlapsOf(acknowledged);
  const least = { acknowledgedBefore: 10, attemptedDuring: 1, acknowledgedAfter: 10 };
  const ledger = checkLedger(writes, rows, { fault, least });
  const [first] = overlaps;
  return {
    problems: [
      ...problems,
      ...(ledger.verdict === 'pass' ? [] : ledger.reasons),
      ...ledger.lost.slice(0, 3).map((write) => `lost: ${JSON.stringify(write)}`),
      ...(first ? [`${overlaps.length} overlaps, such as ${JSON.stringify(first)}`] : []),
    ],
    overlaps: overlaps.length,
    lost: ledger.lost.length,
    acknowledged: acknowledged.length,
    generations: firstOfEach(acknowledged).length,
    log: [
      ...log,
      ...firstOfEach(acknowledged).map(({ server, completedAt }) => {
        const all = acknowledged.filter(
          ({ server: { address, startedAt } }) =>
            address === server.address && startedAt === server.startedAt,
        );
        return `${JSON.stringify(server)}: ${all.length} writes from ${Math.round(completedAt - fault.startedAt)} ms on`;
      }),
    ],
  };
}

/** The clock of the ledger's processes. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
