import { execFileSync } from 'node:child_process';
import type { TestContext } from 'vitest';
import { expect, test } from 'vitest';
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

const only = ['run', '--only', 'TLS,DNS,FLOW'];
const requirements = ['STEADY-1', 'DNS-1', 'FLOW-1', 'FLOW-2', 'FLOW-4', 'TLS-1', 'TLS-4'];

test('a run passes where there is no network but loopback, and says which variables it ignored', async (context) => {
  needsNamespaces(context);
  await using place = openWorkplace();
  expectPassed(place, await place.stormproof(only, { environment: foreign, through: inNamespace('') }));
});

test('no packet leaves by the default route', async (context) => {
  needsNamespaces(context);
  const dummy = [
    'ip link add out type dummy',
    'ip link set out arp off up',
    'ip address add 192.0.2.2/24 dev out',
    'ip route add default via 192.0.2.1 dev out onlink',
    // A counter that could not move would show nothing: one packet of our own is seen first.
    'before=$(cat /sys/class/net/out/statistics/tx_packets)',
    'echo probe > /dev/udp/198.51.100.1/9',
    'counted=$(($(cat /sys/class/net/out/statistics/tx_packets) - before))',
    'echo "counted $counted packet of our own" >&2',
  ].join('; ');
  const count = 'echo "left $(($(cat /sys/class/net/out/statistics/tx_packets) - before)) packets" >&2';
  await using place = openWorkplace();
  const ended = await place.stormproof(only, { environment: foreign, through: inNamespace(dummy, count) });
  expect(ended.stderr).toContain('counted 1 packet of our own');
  expect(ended.stderr).toContain('left 1 packets');
  expectPassed(place, ended);
});

/** `/sys` shows the network of who mounted it, so the namespace mounts its own. */
function inNamespace(before: string, after = 'true'): readonly string[] {
  const script = `mount -t sysfs none /sys; ip link set lo up; ${before || 'true'}; "$@"; code=$?; ${after}; exit $code`;
  return ['unshare', '--net', '--mount', 'bash', '-c', script, 'bash'];
}

function needsNamespaces({ skip }: TestContext): void {
  if (process.getuid?.() !== 0) skip('a network namespace needs root');
  try {
    execFileSync('unshare', ['--net', '--mount', 'bash', '-c', 'ip link show lo'], { stdio: 'pipe' });
  } catch (error) {
    skip(`this machine makes no network namespace: ${String(error)}`);
  }
}

function expectPassed(place: Workplace, { exitCode, stderr }: Ended): void {
  // `--only` leaves core requirements out: what passed is partial evidence, exit code 3.
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 3 });
  expect(stderr).toContain(`ignored environment variables: ${Object.keys(foreign).sort().join(', ')}`);
  expect(stderr).not.toContain(foreign.AWS_SECRET_ACCESS_KEY);
  const passed = place.report().requirements.filter(({ outcome }) => outcome === 'pass');
  expect(passed.map(({ id }) => id).sort()).toEqual([...requirements].sort());
}
