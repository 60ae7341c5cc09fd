import { originSwitched } from '../../../fixtures/faults/edge/origin-switched.ts';
import type { Fault } from '../../../fixtures/faults/fault.ts';
import { faults } from '../../../fixtures/faults/list.ts';

/** A fault of the list by its name; one that the list has only to undo it gets a target. */
export function injectable(name: string): Fault<unknown> {
  if (name === 'origin-switched')
    return originSwitched('nowhere.us-east-1.elb.amazonaws.com') as unknown as Fault<unknown>;
  const fault = faults.find((candidate) => candidate.name === name);
  if (!fault) throw new RangeError(`Cannot inject "${name}": no such fault`);
  return fault;
}
