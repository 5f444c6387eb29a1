// Closed loops over HTTP as a subject of a contest, and the rows that tell of them.
import type { Figures, RowSpec, Subject } from './contest';
import type { HttpJob } from './jobs';
import { httpRounds } from './loaders';
import type { Options } from './options';
import type { Running } from './processes';
import { type Aim, formatNumber, formatPercent } from './report';

export type Load = Pick<HttpJob, 'connections' | 'requests' | 'takes'>;

/** Loads a program in several ways, one after the other in each round. */
export function httpSubject(
  running: Running,
  loads: Readonly<Record<string, Load>>,
  options: Pick<Options, 'warmup_ms' | 'window_ms'>,
): Subject {
  const runs = Object.entries(loads).map(
    ([name, load]) => [name, httpRounds(running, load, options)] as const,
  );
  return {
    async round() {
      const figures: Record<string, number> = {};
      for (const [name, run] of runs) {
        for (const [key, value] of Object.entries(await run())) figures[`${name} ${key}`] = value;
      }
      return figures;
    },
    stop: () => running.stop(),
  };
}

interface LoadRow {
  /** The name of the load. */
  load: string;
  figure: string;
  beside: string;
  aim?: Aim;
}

export function rateRow({ load, ...row }: LoadRow): RowSpec {
  const key = `${load} per_second`;
  return { ...row, key, unit: '1/s', better: 'more', note: (...both) => noteOf(load, ...both) };
}

export function cpuRow({ load, figure, ...row }: LoadRow): RowSpec {
  const key = `${load} server_cpu_us`;
  return { ...row, figure: `${figure}, server CPU each`, key, unit: 'us', better: 'less' };
}

/** The middle one of the times that answers took. */
export function waitRow({ load, ...row }: LoadRow): RowSpec {
  const note = (ours: Figures) => `server CPU each ${of(ours, `${load} server_cpu_us`)} us`;
  return { ...row, key: `${load} p50_ms`, unit: 'ms', better: 'less', note };
}

/** Latencies, and how busy each was: what is far below 100 % was not what held the load back. */
function noteOf(load: string, ours: Figures, floor: Figures | null): string {
  const waits = (all: Figures) =>
    `p50 ${of(all, `${load} p50_ms`)}, p99 ${of(all, `${load} p99_ms`)} ms`;
  const busy = (all: Figures) => {
    const share = (key: string) => formatPercent(all[`${load} ${key}`] ?? Number.NaN);
    return `server ${share('server_busy')}, loader ${share('loader_busy')}`;
  };
  const [waited, worked] = floor
    ? [` (floor ${waits(floor)})`, ` (floor ${busy(floor)})`]
    : ['', ''];
  return `${waits(ours)}${waited}; busy: ${busy(ours)}${worked}`;
}

const of = (figures: Figures, key: string) => formatNumber(figures[key] ?? Number.NaN);
