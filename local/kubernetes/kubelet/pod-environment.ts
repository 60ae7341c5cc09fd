/**
 * Loaded into every container before its program (`node --import`). Stands in for the pod's network namespace:
 * servers listen on the pod's address, connections come from it, names are resolved by the cluster's DNS server.
 * It imports node: only, for it runs in another process.
 */
import { syncBuiltinESMExports } from 'node:module';
import { Socket as NetSocket } from 'node:net';
import os from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { lifelineVariable } from './lifeline.ts';
import { confineNames } from './pod-names.ts';
import { confineSockets } from './pod-sockets.ts';

const settings = new URL(import.meta.url).searchParams;
const address = settings.get('address') ?? '';
const hostname = settings.get('hostname') ?? '';

confineNames({
  podIP: address,
  hostname,
  server: settings.get('dns') ?? '',
  timeoutMs: Number(settings.get('dnsTimeoutMs')),
});
confineSockets(address);
os.hostname = () => hostname;
syncBuiltinESMExports();
if (isMainThread) becomeFirstProcess();

function becomeFirstProcess(): void {
  const lifeline = process.env[lifelineVariable];
  delete process.env[lifelineVariable];
  if (lifeline === undefined) return;
  const end = () => process.kill(-process.pid, 'SIGKILL');
  new NetSocket({ fd: Number(lifeline), readable: true }).on('error', end).on('close', end).resume().unref();
  // The kernel drops a signal that process 1 of a PID namespace does not handle (pid_namespaces(7)).
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, ignore);
}

function ignore(): void {
  // Having a listener is the point: without one Node would end.
}
