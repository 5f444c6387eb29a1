// Draws growth as an SVG: for each operation, how its cost grows with each factor. Light and dark.
import { formatNumber } from '../report';

export interface Panel {
  title: string;
  /** Said under the title. */
  subtitle: string;
  /** One ratio for each mark, in their order; null where it was not measured. */
  ratios: readonly (number | null)[];
}

export interface Mark {
  name: string;
  /** An index into the colours. */
  colour: number;
  /** Drawn hollow: the smaller of two sizes of one factor. */
  isHollow: boolean;
}

const COLUMNS = 4;
const PANEL = { width: 220, height: 168, gap: 16 };
/** Within a panel: the plot, below its titles and beside the numbers of the scale. */
const PLOT = { left: 34, top: 44, right: 8, bottom: 10 };
const HEADER = 76;
const MARGIN = 16;
const LEGEND_WIDTH = 226;
const LEGEND_LINE = 18;
/** Ratios from here on are written beside their mark. */
const TOLD = 1.5;
/** The scale begins here, and ends at this or higher. */
const SCALE = { from: 0.5, to: 10 };
const LINES = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** For a light page and for a dark one: paper, ink, soft ink, lines; then a colour for each factor. */
const LIGHT = {
  paper: '#ffffff',
  ink: '#1f2328',
  soft: '#59636e',
  line: '#d8dee4',
  factors: ['#0969da', '#bc4c00', '#1a7f37', '#bf3989', '#8250df', '#7d6608'],
};
const DARK: typeof LIGHT = {
  paper: '#0d1117',
  ink: '#f0f6fc',
  soft: '#9198a1',
  line: '#2a313c',
  factors: ['#4493f8', '#f0883e', '#3fb950', '#f778ba', '#ab7df8', '#d4b106'],
};

function styleOf({ paper, ink, soft, line, factors }: typeof LIGHT): string {
  const colours = factors.map(
    (colour, n) => `.c${n} circle { fill: ${colour}; } .c${n} .stem { stroke: ${colour}; }
.c${n} .hollow { fill: ${paper}; stroke: ${colour}; }`,
  );
  return `.paper { fill: ${paper}; } text { fill: ${ink}; } .soft { fill: ${soft}; }
.line { stroke: ${line}; } .one { stroke: ${soft}; }
${colours.join('\n')}`;
}

const STYLE = `text { font-family: system-ui, sans-serif; font-size: 11px; }
.head { font-size: 15px; font-weight: 600; } .name { font-size: 12px; font-weight: 600; }
.stem, .hollow { stroke-width: 2; }
${styleOf(LIGHT)}
@media (prefers-color-scheme: dark) {
${styleOf(DARK)}
}`;

/** The whole picture as text. */
export function drawGrowth(
  title: string,
  marks: readonly Mark[],
  panels: readonly Panel[],
): string {
  const rows = Math.ceil(panels.length / COLUMNS);
  const width = 2 * MARGIN + COLUMNS * PANEL.width + (COLUMNS - 1) * PANEL.gap;
  const height = HEADER + MARGIN + rows * (PANEL.height + PANEL.gap);
  const all = panels.flatMap(({ ratios }) => ratios.filter((ratio) => ratio !== null));
  const scale = scaleTo(Math.max(SCALE.to, ...all));
  const drawn = panels.map((panel, n) => {
    const x = MARGIN + (n % COLUMNS) * (PANEL.width + PANEL.gap);
    const y = HEADER + Math.floor(n / COLUMNS) * (PANEL.height + PANEL.gap);
    return `<g transform="translate(${x} ${y})">${drawPanel(panel, marks, scale)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">
<title>${escape(title)}</title>
<style>${STYLE}
</style>
<rect class="paper" width="100%" height="100%"/>
<text class="head" x="${MARGIN}" y="26">${escape(title)}</text>
${marks.map(drawLegend).join('\n')}
${drawn.join('\n')}
</svg>
`;
}

interface Scale {
  lines: readonly number[];
  /** The height at which a ratio stands in a panel. */
  at(ratio: number): number;
}

function scaleTo(largest: number): Scale {
  const to = LINES.find((line) => line >= largest) ?? largest;
  const [low, high] = [Math.log(SCALE.from), Math.log(to)];
  const tall = PANEL.height - PLOT.top - PLOT.bottom;
  return {
    lines: LINES.filter((line) => line >= SCALE.from && line <= to),
    at(ratio) {
      const share = (Math.log(Math.max(SCALE.from, ratio)) - low) / (high - low);
      return round(PANEL.height - PLOT.bottom - share * tall);
    },
  };
}

function drawLegend({ name, colour, isHollow }: Mark, n: number): string {
  const x = MARGIN + 6 + (n % COLUMNS) * LEGEND_WIDTH;
  const y = 44 + Math.floor(n / COLUMNS) * LEGEND_LINE;
  return `<g class="c${colour}">${dot(x, y, isHollow)}<text x="${x + 10}" y="${y + 4}">${escape(name)}</text></g>`;
}

function drawPanel(
  { title, subtitle, ratios }: Panel,
  marks: readonly Mark[],
  scale: Scale,
): string {
  const [left, right] = [PLOT.left, PANEL.width - PLOT.right];
  const grid = scale.lines.map((line) => {
    const y = scale.at(line);
    const kind = line === 1 ? 'one' : 'line';
    return `<line class="${kind}" x1="${left}" x2="${right}" y1="${y}" y2="${y}"/><text class="soft" x="${left - 5}" y="${y + 4}" text-anchor="end">×${line}</text>`;
  });
  const step = (right - left) / marks.length;
  const dots = ratios.map((ratio, n) => {
    const mark = marks[n];
    if (ratio === null || mark === undefined) return '';
    const x = round(left + step * (n + 0.5));
    const y = scale.at(ratio);
    const told =
      ratio < TOLD
        ? ''
        : `<text x="${x}" y="${y - 8}" text-anchor="middle">${formatNumber(ratio)}</text>`;
    return `<g class="c${mark.colour}"><line class="stem" x1="${x}" x2="${x}" y1="${scale.at(1)}" y2="${y}"/>${dot(x, y, mark.isHollow)}${told}</g>`;
  });
  return [
    `<text class="name" x="0" y="12">${escape(title)}</text>`,
    `<text class="soft" x="0" y="27">${escape(subtitle)}</text>`,
    ...grid,
    ...dots,
  ].join('');
}

function dot(x: number, y: number, isHollow: boolean): string {
  return `<circle${isHollow ? ' class="hollow"' : ''} cx="${x}" cy="${y}" r="4"/>`;
}

const round = (value: number) => Math.round(value * 10) / 10;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escape = (text: string) => text.replace(/[&<>]/g, (one) => ENTITIES[one] ?? one);
