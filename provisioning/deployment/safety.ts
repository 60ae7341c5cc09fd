import { z } from 'zod';
import { layerNames } from '../../reports/report.ts';

/** What a run may do to this deployment, and when it must stop (design §6). Everything has a default. */
const seconds = z.number().positive();
const layer = z.enum(layerNames);
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const allow = z
  .strictObject({
    accounts: z
      .array(z.string().regex(/^\d{12}$/, 'expected the 12 digits of an AWS account'))
      .optional()
      .describe('AWS accounts that a run may touch; absent: the account of this file'),
    environments: z
      .array(z.enum(['development', 'staging', 'production']))
      .optional()
      .describe('Environments that a run may touch; absent: the environment of this file'),
  })
  .describe('Checked before anything is disrupted');

const quietHours = z
  .strictObject({
    days: z
      .array(z.enum(days))
      .min(1)
      .default([...days])
      .describe('Days on which it begins'),
    from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day as HH:MM'),
    to: z
      .string()
      .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'expected a time of day as HH:MM')
      .describe('Before "from": on the next day'),
    timeZone: z.string().refine(isTimeZone, 'expected a time zone such as Europe/Berlin').default('UTC'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'expected another time than "from"' });

const layersOfCondition = z
  .array(layer)
  .min(1)
  .default([...layerNames])
  .describe('A fault in these layers that is in force when it trips fails its requirement');

const stopCondition = z.discriminatedUnion(
  'kind',
  [
    z
      .strictObject({
        kind: z.literal('alarm'),
        name: z.string().min(1),
        everySeconds: seconds.default(10),
        layers: layersOfCondition,
      })
      .describe('Trips while the CloudWatch alarm is in ALARM'),
    z
      .strictObject({
        kind: z.literal('command'),
        command: z.array(z.string().min(1)).min(1).describe('A program and its arguments; no shell'),
        everySeconds: seconds.default(10),
        layers: layersOfCondition,
      })
      .describe('Trips when the command ends with another exit code than 0'),
  ],
  { error: 'expected "alarm" or "command"' },
);

export const safetySchema = z
  .strictObject({
    allow: allow.prefault({}),
    maxConcurrentDisruptions: z
      .number()
      .int()
      .min(1)
      .default(1)
      .describe('Requirements that disrupt at the same time, where their layers let them'),
    quietHours: z.array(quietHours).default([]).describe('Times in which nothing is disrupted'),
    stopConditions: z
      .array(stopCondition)
      .default([])
      .describe('Besides users’ outage beyond budgets.outageSeconds, which is always watched'),
    forbidLayers: z.array(layer).default([]).describe('Layers that no run disrupts'),
  })
  .prefault({});

export type Safety = z.output<typeof safetySchema>;
export type QuietHours = Safety['quietHours'][number];
export type StopCondition = Safety['stopConditions'][number];

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
