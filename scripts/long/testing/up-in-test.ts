import { afterAll, beforeAll, expect } from 'vitest';
import { createLooks, type Looks } from '../../../fixtures/faults/looks.ts';
import { createDialer } from '../../../fixtures/probes/dialer.ts';
import { attach, type Stack } from '../../../provisioning/attach.ts';
import { readDeployment } from '../../../provisioning/deployment/read.ts';
import type { Deployment } from '../../../provisioning/deployment/schema.ts';
import { inRepository } from '../../repository.ts';
import { openWorkplace } from './workplace.ts';

/** A stack of `up` for all tests of a file; it may be read once the first of them runs. */
export interface UpInTest {
  readonly deployment: Deployment;
  readonly stack: Stack;
  readonly look: Looks;
}

export function upInTest(): UpInTest {
  const deployment = readDeployment(inRepository('provisioning/deployments/artifacthub.yaml'));
  const place = openWorkplace();
  let stack: Stack | undefined;
  let look: Looks | undefined;
  beforeAll(async () => {
    const up = await place.stormproof(['up']);
    expect(up.exitCode, up.stderr).toBe(0);
    const descriptor = place.stack('up');
    stack = attach(descriptor);
    const { signal } = new AbortController();
    look = createLooks({ stack, dialer: createDialer(descriptor), deployment, signal });
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  return {
    deployment,
    get stack() {
      return present(stack);
    },
    get look() {
      return present(look);
    },
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Cannot use the stack: it is not up yet');
  return value;
}
