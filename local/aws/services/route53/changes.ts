import type { ChangeInfo } from '@aws-sdk/client-route-53';
import type { ServiceContext } from '../../service.ts';
import { AwsError } from '../../service.ts';

/** How long the name servers take to hear of a change: usually under 60 s (reference §1). */
const propagationMs = 10_000;

export interface ChangeLog {
  /** A PENDING change; `propagated` runs when it becomes INSYNC, in the order of submission. */
  submit(comment: string | undefined, propagated: (sequence: number) => void): ChangeInfo;
  get(id: string): ChangeInfo;
}

export function createChangeLog(context: ServiceContext): ChangeLog {
  const { clock, random, signal } = context;
  const changes = new Map<string, ChangeInfo>();
  return {
    submit: (comment, propagated) => {
      const sequence = changes.size;
      const id = `C${random.text(20).toUpperCase()}`;
      const change: ChangeInfo = {
        Id: `/change/${id}`,
        Status: 'PENDING',
        SubmittedAt: clock.now(),
        Comment: comment,
      };
      changes.set(id, change);
      clock.after(
        propagationMs,
        () => {
          change.Status = 'INSYNC';
          propagated(sequence);
          context.changed();
        },
        signal,
      );
      return { ...change };
    },
    get: (id) => {
      const change = changes.get(id.replace('/change/', ''));
      if (!change) throw new AwsError('NoSuchChange', `Could not find resource with ID: ${id}`);
      return { ...change };
    },
  };
}
