// Log lines on standard error: JSON for machines, text for people.
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
  const cause = err instanceof Error ? `\n${Bun.inspect(err)}` : '';
  return `${fields.join('')}${cause}`;
}

/** The server's log. The fields of a line never hold a token, a password or a message. */
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
        { category: ['logtape', 'meta'], sinks: ['out'], lowestLevel: 'error' },
      ],
    });
  }
  const logger = getLogger(['accord']);
  // The message is a plain sentence: nothing in it is a placeholder.
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) =>
    logger[level](message.replaceAll('{', '{{'), { ...fields });
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}
