import { spawnSync } from 'node:child_process';
import type { TestContext } from 'vitest';
import { expect, test } from 'vitest';
import { areaOf } from '../../fixtures/requirement.ts';
import { requirements } from '../../suites/list.ts';
import type { Ended, Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

/** What is found on a developer's machine: whatever is used of it would go to somebody's account. */
const foreign = {
  AWS_ACCESS_KEY_ID: 'AKIA2E0A8F3B244C9986',
  AWS_SECRET_ACCESS_KEY: '7CE556A3BC234CC1FF9E8A5C324C0BB70AA21B6D',
  AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjEJr',
  AWS_PROFILE: 'production',
  AWS_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL: 'https://rds.us-east-1.amazonaws.com',
  KUBECONFIG: '/home/somebody/.kube/config',
  PGHOST: 'database.example.com',
  HTTPS_PROXY: 'http://192.0.2.1:3128',
};

const areas = ['TLS', 'DNS', 'FLOW'];
const only = ['run', '--only', areas.join(',')];
const ids = requirements.map(({ id }) => id).filter((id) => id === 'STEADY-1' || areas.includes(areaOf(id)));

/** `/sys` shows the network of who mounted it, so the namespace mounts its own. */
const onlyLoopback = 'set -e; mount -t sysfs none /sys; ip link set lo up';

/** A default route into nothing, whose packets are counted: first one of our own, or the counter would show nothing. */
const countedRoute = `${onlyLoopback}
  ip link add out type dummy 2>/dev/null || ip tuntap add dev out mode tun
  ip link set out arp off up
  ip address add 192.0.2.2/24 dev out
  ip route add default via 192.0.2.1 dev out onlink
  ip -6 address add 2001:db8::2/64 dev out nodad
  ip -6 route add default dev out metric 1
  counters=/sys/class/net/out/statistics
  packets() { echo $(($(cat $counters/tx_packets) + $(cat $counters/tx_dropped))); }
  before=$(packets)
  echo probe > /dev/udp/198.51.100.1/9
  echo probe > /dev/udp/2001:db8:1::1/9
  echo "counted $(($(packets) - before)) of our own" >&2
  before=$(packets)`;

test('a run passes where there is no network but loopback, and says which variables it ignored', async (context) => {
  needs(onlyLoopback, context);
  await using place = openWorkplace();
  const through = inNamespace(`${onlyLoopback}; exec "$@"`);
  expectPassed(place, await place.stormproof(only, { environment: foreign, through }));
});

test('no packet leaves by the default route', async (context) => {
  needs(countedRoute, context);
  await using place = openWorkplace();
  const through = inNamespace(`${countedRoute}
    code=0; "$@" || code=$?
    echo "counted $(($(packets) - before)) of the run" >&2
    exit $code`);
  const ended = await place.stormproof(only, { environment: foreign, through });
  expect(ended.stderr).toContain('counted 2 of our own');
  expect(ended.stderr).toContain('counted 0 of the run');
  expectPassed(place, ended);
});

function inNamespace(script: string): readonly [string, ...string[]] {
  return ['unshare', '--net', '--mount', 'bash', '-c', script, 'bash'];
}

function needs(script: string, { skip }: TestContext): void {
  if (process.getuid?.() !== 0) skip('a network namespace needs root');
  const [program, ...args] = inNamespace(script);
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) skip(`this machine makes no such network namespace: ${error?.message ?? stderr}`);
}

function expectPassed(place: Workplace, { exitCode, stderr }: Ended): void {
  // `--only` leaves core requirements out: what passed is partial evidence, exit code 3.
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 3 });
  expect(stderr).toContain(`ignored environment variables: ${Object.keys(foreign).sort().join(', ')}`);
  expect(stderr).not.toContain(foreign.AWS_SECRET_ACCESS_KEY);
  const passed = place.report().requirements.filter(({ outcome }) => outcome === 'pass');
  expect(passed.map(({ id }) => id).sort()).toEqual([...ids].sort());
}
