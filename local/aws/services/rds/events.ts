import type { DescribeEventsMessage, Event, EventsMessage, SourceType } from '@aws-sdk/client-rds';
import type { ServiceContext } from '../../service.ts';
import { describePage } from './describe-page.ts';
import { invalidCombination, invalidValue } from './errors.ts';

export interface EventLog {
  add(event: NewEvent): void;
  describe(input: DescribeEventsMessage): EventsMessage;
}

export interface NewEvent {
  readonly identifier: string;
  readonly sourceType: SourceType;
  readonly message: string;
  readonly categories: readonly string[];
}

const arnKinds: Partial<Record<SourceType, string>> = {
  'db-parameter-group': 'pg',
  'db-snapshot': 'snapshot',
  'db-cluster': 'cluster',
};

export function createEventLog({ clock, region, accountId }: ServiceContext): EventLog {
  const events: Event[] = [];
  return {
    add: ({ identifier, sourceType, message, categories }) => {
      const kind = arnKinds[sourceType] ?? 'db';
      events.push({
        SourceIdentifier: identifier,
        SourceType: sourceType,
        SourceArn: `arn:aws:rds:${region}:${accountId}:${kind}:${identifier}`,
        Message: message,
        EventCategories: [...categories],
        Date: clock.now(),
      });
    },
    describe: (input) => {
      const wanted = filter(input, clock.now());
      // Events arrive in the order of their dates, so the position is the key.
      const numbered = events.map((event, index) => ({ event, key: String(index).padStart(8, '0') }));
      const matching = numbered.filter(({ event }) => wanted(event));
      const page = describePage(matching, input, ({ key }) => key);
      return { Events: page.items.map(({ event }) => event), Marker: page.Marker };
    },
  };
}

/** Dates are real instants, and so are the bounds; only the clock's durations run fast. */
function filter(input: DescribeEventsMessage, now: Date): (event: Event) => boolean {
  const { SourceIdentifier, SourceType, EventCategories } = input;
  if (SourceIdentifier && !SourceType)
    throw invalidCombination('SourceType must be specified if SourceIdentifier is specified.');
  if (input.Duration !== undefined && (input.StartTime || input.EndTime))
    throw invalidCombination('Duration cannot be specified with StartTime or EndTime.');
  const end = input.EndTime ?? now;
  const minutes = input.Duration ?? 60;
  if (minutes < 1 || minutes > 20_160) throw invalidValue(`Invalid value ${minutes} for Duration.`);
  const start = input.StartTime ?? new Date(end.getTime() - minutes * 60_000);
  if (start > end) throw invalidCombination('StartTime cannot be after EndTime.');
  return (event) =>
    (event.Date ?? now) >= start &&
    (event.Date ?? now) <= end &&
    (!SourceType || event.SourceType === SourceType) &&
    (!SourceIdentifier || event.SourceIdentifier === SourceIdentifier.toLowerCase()) &&
    (!EventCategories?.length ||
      EventCategories.some((category) => event.EventCategories?.includes(category)));
}
