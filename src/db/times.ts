// What the database says about time at the start: no clock may be older than the newest row.
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { steadyFrom, type Clock } from '../lib/clock.ts';
import { ClockSteps } from '../lib/clock-steps.ts';
import { snowflakeTime } from '../lib/snowflake.ts';
import { doubt_ms, TrustedTime } from '../lib/trusted-time.ts';
import { idsAround } from './newest.ts';
import type { Db } from './open.ts';

const minute_ms = 60_000;
/** There was no Accord Server before. */
const firstYear_ms = Date.UTC(2025, 0, 1);

export interface Times {
  clock: Clock;
  trusted: TrustedTime;
  steps: ClockSteps;
  /** The times of a turn that begins. `newest`: returns the newest id so far. */
  ofTurn(newest: () => string): { now: number; steady: number };
  /** What the operator must know of the machine's clock; null if it may be right. */
  notice: string | null;
}

/** Finds out what to believe. `newest_id`: the newest id in the database, "0" if there is none. */
export function timesAtStart(
  db: Db,
  tables: readonly SQLiteTable[],
  machine: Clock,
  newest_id: string,
): Times {
  const wall_ms = machine.now();
  const notice = noticeOf(wall_ms, newest_id);
  const begin_ms = newest_id === '0' ? wall_ms : believable(db, tables, wall_ms, newest_id);
  const newest_ms = newest_id === '0' ? 0 : snowflakeTime(newest_id);
  // Durations go on from run to run: what was written before was not written later than now.
  const clock = steadyFrom(machine, Math.max(begin_ms, newest_ms, lastSteady(db)));
  const steps = new ClockSteps();
  return {
    clock,
    trusted: new TrustedTime(clock, begin_ms),
    steps,
    ofTurn(newest) {
      const times = { now: clock.now(), steady: clock.steady() };
      steps.note(times, newest);
      return times;
    },
    notice,
  };
}

/**
 * What to believe at the start. A clock that is more than a day ahead of the newest row may have
 * leapt, and so may one with which rows were written for less than a day, after a gap.
 */
function believable(
  db: Db,
  tables: readonly SQLiteTable[],
  wall_ms: number,
  newest_id: string,
): number {
  const newest_ms = snowflakeTime(newest_id);
  const { last, next } = idsAround(db, tables, newest_ms - doubt_ms);
  const first_ms = next === null ? newest_ms : snowflakeTime(next);
  const isGap = last !== null && first_ms - snowflakeTime(last) > doubt_ms;
  const known_ms = isGap ? snowflakeTime(last) + newest_ms - first_ms : newest_ms;
  return Math.min(wall_ms, known_ms + doubt_ms);
}

/** The newest steady time that an earlier run has written; 0 if there is none. */
function lastSteady(db: Db): number {
  const { sqlite } = db;
  const event = sqlite
    .rows({ at: 'number' }, 'SELECT at FROM events ORDER BY seq DESC LIMIT 1')
    .get();
  const dropped = sqlite
    .rows(
      { at: 'number?' },
      'SELECT max(dropped_at) AS at FROM gateway_sessions WHERE dropped_at IS NOT NULL',
    )
    .get();
  return Math.max(event?.at ?? 0, dropped?.at ?? 0);
}

function noticeOf(wall_ms: number, newest_id: string): string | null {
  const says = new Date(wall_ms).toISOString();
  if (wall_ms < firstYear_ms) return `the clock of this machine is wrong: it says ${says}`;
  const newest_ms = newest_id === '0' ? 0 : snowflakeTime(newest_id);
  if (newest_ms - wall_ms <= minute_ms) return null;
  const newest = new Date(newest_ms).toISOString();
  return `the clock of this machine says ${says}, but the newest row in the database is from ${newest}: the clock is behind now, or it was ahead then`;
}
