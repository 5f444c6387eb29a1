// Whether an answer is what the OpenAPI document says, asked of a validator of JSON Schema that is not ours.
import Ajv2020 from 'ajv/dist/2020.js';

/** What the validator thinks of a value. */
type Validate = ReturnType<Ajv2020['compile']>;

interface Answer {
  status: number;
  /** Without parameters such as the charset. */
  content_type: string;
  body: unknown;
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

export class Documented {
  readonly #document: any;
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<string, Validate>();

  constructor(document: any) {
    this.#document = document;
    this.#ajv = new Ajv2020({
      strict: false,
      allErrors: true,
      formats: {
        'date-time': rfc3339,
        int32: { type: 'number', validate: (given) => Math.abs(given) < 2 ** 31 },
        int64: { type: 'number', validate: Number.isSafeInteger },
      },
    });
    this.#ajv.addSchema(document, 'api');
  }

  /** What is wrong with the answer of an operation, `METHOD path`; null when all is well. */
  complaint(operation: string, { status, content_type, body }: Answer): string | null {
    const [method = '', path = ''] = operation.split(' ');
    const at = ['paths', path, method.toLowerCase(), 'responses', String(status)];
    const place = this.#resolved(at);
    if (place === null) return `the status ${status} is not documented`;
    const content = this.#value([...place, 'content']);
    if (content === undefined) return null;
    const type = Object.keys(content).find((one) => one.split(';')[0] === content_type);
    if (type === undefined) {
      // Files have the type of what is in them.
      const isFile = Object.keys(content).some((one) => one.includes('*'));
      return isFile ? null : `${content_type} is not documented for ${status}`;
    }
    if (type !== 'application/json') return null;
    const validate = this.#validator([...place, 'content', type, 'schema']);
    if (validate(body)) return null;
    return this.#ajv.errorsText(validate.errors, { dataVar: 'answer' });
  }

  #value(at: readonly string[]): any {
    let value = this.#document;
    for (const key of at) value = value?.[key];
    return value;
  }

  /** Where the value stands, with a reference followed. */
  #resolved(at: string[]): string[] | null {
    const value = this.#value(at);
    if (value === undefined) return null;
    const reference: unknown = value.$ref;
    return typeof reference === 'string' ? reference.split('/').slice(1) : at;
  }

  #validator(at: readonly string[]): Validate {
    const pointer = at.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
    let validate = this.#validators.get(pointer);
    if (validate === undefined) {
      validate = this.#ajv.compile({ $ref: `api#/${encodeURI(pointer)}` });
      this.#validators.set(pointer, validate);
    }
    return validate;
  }
}
