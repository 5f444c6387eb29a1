// Writes log lines to standard error: JSON for machines, text for people.
import {
  configureSync,
  getLogger,
  getTextFormatter,
  jsonLinesFormatter,
  type LogRecord,
} from '@logtape/logtape';
import type { Log } from './app.ts';
import type { Config } from './config.ts';
import { ApiError } from './errors.ts';
import { createLossyLines, type LineStream, type LossyLines } from './lib/lossy-lines.ts';
import { openTerminal } from './lib/terminal.ts';
import { createRecurrence } from './lib/recurrence.ts';

/** What may wait for whoever reads the log: some thousand lines. */
const max_waiting_bytes = 1024 * 1024;

/** How long a failure is counted after it was told, before it is told again. */
const recurrence_ms = 60_000;

const asText = getTextFormatter({
  timestamp: 'rfc3339',
  level: 'full',
  value: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
  format: ({ timestamp, level, message, record }) =>
    `${timestamp} ${level.padEnd(7)} ${message}${fieldsOf(record)}`,
});

function fieldsOf({ properties }: LogRecord): string {
  const { err, ...rest } = properties;
  const fields = Object.entries(rest).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${fields.join('')}${typeof err === 'string' ? `\n${err}` : ''}`;
}

/**
 * Returns an error's name, message and stack, causes included. Drizzle's message for a failed query
 * ends with the bound values, which may be private, so only its statement is kept.
 */
function described(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const bound = 'query' in error && 'params' in error;
  const message = bound ? `failed query: ${String(error.query)}` : error.message;
  const cause = error.cause === undefined ? [] : [`caused by ${described(error.cause)}`];
  return [`${error.name}: ${message}`, ...framesOf(error), ...cause].join('\n');
}

/** The frames of the stack. The message stands before them, and its lines may look like frames. */
function framesOf({ stack = '', message }: Error): string[] {
  const own = stack.slice(stack.indexOf(message) + message.length);
  return own.split('\n').filter((line) => /^\s+at /.test(line));
}

/** What makes two errors the same kind: their code, or else where they came from. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const cause = error.cause === undefined ? '' : ` < ${kindOf(error.cause)}`;
  if ('code' in error) return `${error.name} ${String(error.code)}${cause}`;
  const [frame = ''] = framesOf(error);
  return `${error.name}${frame}${cause}`;
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ApiError && error.problem === 'unavailable';
}

let lines: LossyLines | null = null;

/** Standard error, whose failures are never ours. */
function output(format: (record: LogRecord) => string): LossyLines {
  const lost = (count: number) =>
    format({
      category: ['accord'],
      level: 'warning',
      message: ['lines of this log could not be written'],
      rawMessage: 'lines of this log could not be written',
      timestamp: Date.now(),
      properties: { lines: count },
    });
  // By its name at each write: tests put another function there.
  const standardError: LineStream = {
    write: (text, done) => process.stderr.write(text, done),
    on: (event, heard) => process.stderr.off(event, heard).on(event, heard),
  };
  const stream = openTerminal(2) ?? standardError;
  return createLossyLines(stream, { max_waiting_bytes, lost });
}

/** Resolves when all lines are written, or cannot be within `within_ms`. */
export async function logWritten(within_ms: number): Promise<void> {
  await lines?.flushed(within_ms);
}

/**
 * Sets up the server's log. Fields must never contain a token, a password or a message. Lines that
 * cannot be written are lost, and counted. A warning or an error that comes again within a minute
 * is counted, too; the next one says how many there were.
 */
export function createLog(config: Pick<Config, 'LOG_LEVEL' | 'LOG_FORMAT'>): Log {
  if (config.LOG_LEVEL !== 'silent') {
    const format = config.LOG_FORMAT === 'json' ? jsonLinesFormatter : asText;
    const out = (lines = output(format));
    configureSync({
      reset: true,
      sinks: { out: (record) => out.write(format(record)) },
      loggers: [
        {
          category: ['accord'],
          sinks: ['out'],
          lowestLevel: config.LOG_LEVEL === 'warn' ? 'warning' : config.LOG_LEVEL,
        },
        {
          category: ['accord', 'notice'],
          sinks: ['out'],
          parentSinks: 'override',
          lowestLevel: 'info',
        },
        { category: ['logtape', 'meta'], sinks: ['out'], lowestLevel: 'error' },
      ],
    });
  }
  const logger = getLogger(['accord']);
  const notices = getLogger(['accord', 'notice']);
  // LogTape would replace placeholders in braces; our messages have none, so braces are escaped.
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error', to = logger) =>
    (fields: object, message: string) => {
      const { err, ...rest } = fields as Record<string, unknown>;
      const all = err === undefined ? rest : { ...rest, err: described(err) };
      to[level](message.replaceAll('{', '{{'), all);
    };
  const recurrence = createRecurrence(recurrence_ms, () => performance.now());
  const failure = (level: 'warn' | 'error') => {
    const write = line(level);
    return (fields: object, message: string) => {
      // The writer has said why, once.
      if ('err' in fields && isUnavailable(fields.err)) return;
      const kind = `${level} ${message} ${'err' in fields ? kindOf(fields.err) : ''}`;
      recurrence.offer(kind, (others) =>
        write(others === 0 ? fields : { ...fields, others_like_it: others }, message),
      );
    };
  };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: failure('warn'),
    error: failure('error'),
    notice: line('info', notices),
  };
}
