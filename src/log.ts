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
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const cause = error.cause === undefined ? [] : [`caused by ${described(error.cause)}`];
  return [`${error.name}: ${message}`, ...frames, ...cause].join('\n');
}

/** Sets up the server's log. Fields must never contain a token, a password or a message. */
export function createLog(config: Pick<Config, 'LOG_LEVEL' | 'LOG_FORMAT'>): Log {
  if (config.LOG_LEVEL !== 'silent') {
    const format = config.LOG_FORMAT === 'json' ? jsonLinesFormatter : asText;
    configureSync({
      reset: true,
      sinks: { out: (record) => void process.stderr.write(format(record)) },
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
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    notice: line('info', notices),
  };
}
