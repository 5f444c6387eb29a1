// What the benchmarks say of what they measured, and of options that they do not know.
import { expect, test } from 'bun:test';
import { runBesideFloors, runPair, type Measure } from '../../bench/contest.ts';
import { drawGrowth } from '../../bench/growth/plot.ts';
import { SMALL, stepsOf } from '../../bench/growth/sizes.ts';
import { readOptions } from '../../bench/options.ts';
import { formatTable, isMet, pairTable, tableOf } from '../../bench/report.ts';

const ended = () => Promise.resolve();

/** A measure whose rounds bring these values; `there` is the second server that is opened. */
function measureOf(here: number[], there: number[], more: Partial<Measure['rows'][number]> = {}) {
  const order: string[] = [];
  const subject = (name: string, values: number[]) => {
    const left = [...values];
    const round = () => {
      order.push(name);
      return Promise.resolve({ rate: left.shift() ?? Number.NaN });
    };
    return { round, stop: ended };
  };
  let opened = 0;
  const measure: Measure = {
    rounds: here.length,
    rows: [{ figure: 'rate', key: 'rate', unit: '1/s', better: 'more', ...more }],
    open: () =>
      Promise.resolve({
        ...subject(opened++ === 0 ? 'ours' : 'there', opened === 1 ? here : there),
        floors: { bare: () => Promise.resolve(subject('bare', there)) },
      }),
  };
  return { measure, order };
}

test('ours and its floor take turns, every other time backwards', async () => {
  const { measure, order } = measureOf([10, 20, 30], [20, 40, 60], { beside: 'bare' });
  const [row] = await runBesideFloors(measure, []);
  expect(order).toEqual(['ours', 'bare', 'bare', 'ours', 'ours', 'bare']);
  expect(row).toMatchObject({ ours: [10, 20, 30], floor: [20, 40, 60] });
});

test('a ratio is that of neighbours, and so is what it differs by', async () => {
  const { measure } = measureOf([10, 20, 30], [20, 40, 60], { beside: 'bare' });
  const [, , line] = formatTable(tableOf(await runBesideFloors(measure, []))).split('\n');
  expect(line).toMatch(/20\.0 +40\.0 +0\.50 +more +3 ± 0 %/);
});

test('an aim is met from its value on, in the direction that is better', async () => {
  const met = async (better: 'more' | 'less', aim: { value: number } | { ratio: number }) => {
    const { measure } = measureOf([10], [20], { beside: 'bare', better, aim });
    return (await runBesideFloors(measure, [])).map(isMet);
  };
  expect(await met('more', { ratio: 0.5 })).toEqual([true]);
  expect(await met('more', { ratio: 0.51 })).toEqual([false]);
  expect(await met('less', { value: 10 })).toEqual([true]);
  expect(await met('less', { value: 9 })).toEqual([false]);
});

test('two servers are told apart only where all rounds agree by more than they differ', async () => {
  const verdict = async (here: number[], there: number[], better: 'more' | 'less' = 'more') => {
    const pairs = await runPair(measureOf(here, there, { better }).measure, [], []);
    return pairTable(pairs).lines[0]?.at(-1);
  };
  expect(await verdict([20, 21, 22], [10, 10, 10])).toBe('better here');
  expect(await verdict([20, 21, 22], [10, 10, 10], 'less')).toBe('worse here');
  expect(await verdict([20, 21], [10, 10])).toBe('not told apart');
  expect(await verdict([9, 21, 22], [10, 10, 10])).toBe('not told apart');
  expect(await verdict([10.1, 10.5, 13], [10, 10, 10])).toBe('not told apart');
});

test('a wrong option is told in one line', () => {
  const reason = (...argv: string[]) => {
    try {
      readOptions(argv, 'src/main.ts');
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  };
  expect(reason('--only', 'pages')).toBe('');
  for (const argv of [
    ['--no'],
    ['--only', 'x'],
    ['--rounds', '0'],
    ['--seconds', ''],
    ['--compare', 'nowhere'],
    ['--compare', 'docs'],
    ['--docs', '--compare', '.'],
  ]) {
    expect(reason(...argv)).toMatch(/^[^\n]+$/);
  }
});

test('growth changes one size at a time', () => {
  const [small, ...grown] = stepsOf(['members', 'messages'], 0.01);
  expect(small?.size).toEqual(SMALL);
  expect(grown.map(({ size }) => size)).toEqual([{ ...SMALL, members: 100 }]);
});

test('the plot names what it draws, and tells what grows', () => {
  const marks = [
    { name: 'members 1,000', colour: 0, isHollow: true },
    { name: 'roles <100', colour: 3, isHollow: false },
  ];
  const svg = drawGrowth('Growth', marks, [{ title: 'send', subtitle: '', ratios: [2.5, null] }]);
  expect(svg).toContain('prefers-color-scheme: dark');
  expect(svg).toContain('roles &lt;100');
  expect(svg).toContain('>2.50</text>');
  expect(svg.match(/<circle/g)).toHaveLength(3);
});
