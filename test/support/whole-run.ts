// What has to be true of a run of all tests together.
import { features } from '../../src/features.ts';
import { openApiDocument } from '../../src/http/openapi.ts';
import { needlessExcuses, pastViews } from './past-views.ts';
import { planned, scansOf } from './plans.ts';
import type { seen } from './witness.ts';

/** What no test saw though it should, or saw though it should not. */
export function unseen({ events, statements, answers }: typeof seen): string[] {
  const declared = features.flatMap((feature) => feature.events ?? []);
  const unheard = declared.filter(({ internal, type }) => !internal && !events.has(type));
  const scans = [false, true].flatMap((isAnyHidden) =>
    scansOf(planned(isAnyHidden), statements.keys()),
  );
  return [
    ...unheard.map(({ type }) => `no test hears ${type}`),
    ...pastViews(statements),
    ...needlessExcuses(statements).map((excuse) => `an excuse that nothing needs: ${excuse}`),
    ...scans.map((scan) => `a whole table is read: ${scan}`),
    ...undocumented(answers).map((answer) => `the OpenAPI document does not know ${answer}`),
  ];
}

/** Answers with a status that the document does not name for their endpoint. */
function undocumented(answers: Iterable<string>): string[] {
  const chapters = features.map(({ name, endpoints = [] }) => ({ name, endpoints }));
  const { paths } = openApiDocument(chapters, { version: '0', server_url: '/' });
  const operations = Object.entries(paths as Record<string, Record<string, { responses: object }>>)
    .toSorted(([a], [b]) => a.split('{').length - b.split('{').length)
    .map(([path, methods]) => ({
      fits: new RegExp(
        `^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+')}$`,
      ),
      methods,
    }));
  return [...answers].filter((answer) => {
    const [method = '', path = '', status = ''] = answer.split(' ');
    const operation = operations.find(({ fits }) => fits.test(path))?.methods[method.toLowerCase()];
    return operation !== undefined && !(status in operation.responses);
  });
}
