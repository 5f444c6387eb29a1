// The events as a list: who hears each of them, under which intent, and whether RESUME replays it.
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { features } from '../../src/features.ts';
import { root, sourcesOf } from '../support/sources.ts';
import { seen } from '../support/witness.ts';

const events = features.flatMap((feature) => feature.events);

test('the events, their intents and audiences', () => {
  const lines = events
    .filter(({ internal }) => !internal)
    .map(({ type, intent, audience, ephemeral, moves }) => {
      const log = ephemeral ? 'not in the log' : 'in the log';
      return `${type}: ${intent ?? 'no intent'}, ${audience}, ${log}${moves ? ', moves access' : ''}`;
    });
  expect(lines.toSorted()).toMatchSnapshot();
});

test('an event of a message names it, so that deleting the message takes it out of the log', () => {
  const texts = events.filter(({ type }) => /^message\.(create|update)$/.test(type));
  expect(texts.length).toBeGreaterThan(1);
  for (const { ephemeral, subject } of texts) expect(ephemeral || subject !== undefined).toBe(true);
});

test('no frame of an event is written by hand', async () => {
  const written = (await sourcesOf('src')).filter(({ text }) => /"op\\?":\s*0\b/.test(text));
  expect(written.map(({ path }) => path)).toEqual(['src/events/event.ts']);
});

test('the run remembers what its tests hear', async () => {
  // What it remembers is judged in whole-run.ts when all tests are done.
  const { test: settings } = Bun.TOML.parse(await Bun.file(join(root, 'bunfig.toml')).text()) as {
    test: { preload: string[] };
  };
  expect(settings.preload).toContain('./test/support/witness.ts');
  expect(seen.files).toContain('test/rules/events.test.ts');
});
