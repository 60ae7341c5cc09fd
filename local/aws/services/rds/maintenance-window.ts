import { invalidValue } from './errors.ts';

/** Minutes of a week that begins on Sunday, in UTC; the end may lie before the start: it wraps. */
export interface MaintenanceWindow {
  readonly start: number;
  readonly end: number;
}

/** `ddd:hh24:mi-ddd:hh24:mi`, of at least 30 minutes (RDS API reference, PreferredMaintenanceWindow). */
export function parseMaintenanceWindow(text: string): MaintenanceWindow {
  const parts = /^([a-z]{3}):(\d\d):(\d\d)-([a-z]{3}):(\d\d):(\d\d)$/i.exec(text);
  const start = minuteOf(parts?.slice(1, 4));
  const end = minuteOf(parts?.slice(4, 7));
  if (start === undefined || end === undefined)
    throw invalidValue(
      `Invalid maintenance window format: ${text}. Should be specified as a range ddd:hh24:mi-ddd:hh24:mi (24H Clock UTC).`,
    );
  if (span({ start, end }) < 30) throw invalidValue('The maintenance window must be at least 30 minutes.');
  return { start, end };
}

export function isWithin(window: MaintenanceWindow, date: Date): boolean {
  return modulo(minuteOfWeek(date) - window.start) < span(window);
}

/** When it opens next, or `date` while it is open. */
export function nextOpening(window: MaintenanceWindow, date: Date): Date {
  if (isWithin(window, date)) return date;
  const minute = Math.floor(date.getTime() / minuteMs) + modulo(window.start - minuteOfWeek(date));
  return new Date(minute * minuteMs);
}

const minuteMs = 60_000;
const week = 7 * 24 * 60;
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function minuteOf([day = '', hour = '', minute = '']: readonly string[] = []): number | undefined {
  const index = days.indexOf(day.toLowerCase());
  if (index < 0 || Number(hour) > 23 || Number(minute) > 59) return undefined;
  return (index * 24 + Number(hour)) * 60 + Number(minute);
}

function minuteOfWeek(date: Date): number {
  return (date.getUTCDay() * 24 + date.getUTCHours()) * 60 + date.getUTCMinutes();
}

function span({ start, end }: MaintenanceWindow): number {
  return modulo(end - start);
}

function modulo(minutes: number): number {
  return ((minutes % week) + week) % week;
}
