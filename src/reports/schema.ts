import { z } from 'zod';
import { Report } from '../model/report.js';

/** So that a validator in its strictest mode takes the schema without plug-ins: patterns check times, `anyOf` is unions. */
function simplified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplified);
  if (typeof value !== 'object' || value === null) return value;
  const { type, format, ...rest } = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, simplified(part)]),
  );
  if (Array.isArray(type)) return { anyOf: type.map((one) => ({ type: one })), ...rest };
  return {
    ...(type === undefined ? {} : { type }),
    ...(format === undefined || format === 'date-time' ? {} : { format }),
    ...rest,
  };
}

/**
 * The JSON Schema (2020-12) of a report, as published in docs/report.schema.json.
 * It allows more fields than it names: a report of a later version of the same schema stays valid.
 */
export function reportJsonSchema(): Record<string, unknown> {
  const { $schema, ...body } = z.toJSONSchema(Report, { io: 'input' });
  const parts = z.record(z.string(), z.unknown()).parse(simplified(body));
  return {
    $schema,
    title: 'sparkfit report',
    description:
      'What `sparkfit analyze --json` and `sparkfit app --json` print. Times are ISO 8601 in UTC, money is USD.',
    ...parts,
  };
}

export function reportSchemaText(): string {
  return `${JSON.stringify(reportJsonSchema(), null, 2)}\n`;
}
