export type Labels = Readonly<Record<string, string>>;

export interface Point {
  timeMs: number;
  value: number;
}

/** One series of an answer. Points that are no finite number (NaN, Inf, stale markers) are left out. */
export interface Series {
  labels: Labels;
  points: Point[];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function pointOf(raw: unknown): Point | undefined {
  if (!isRecord(raw) || !(raw.time instanceof Date) || typeof raw.value !== 'number') return undefined;
  return Number.isFinite(raw.value) ? { timeMs: raw.time.getTime(), value: raw.value } : undefined;
}

function labelsOf(metric: unknown): Labels | undefined {
  if (!isRecord(metric) || !isRecord(metric.labels)) return undefined;
  return Object.fromEntries(Object.entries(metric.labels).map(([name, value]) => [name, String(value)]));
}

/** Checked by hand: an answer holds hundreds of thousands of points. Undefined if it has another form. */
export function seriesOf(answer: unknown): Series[] | undefined {
  if (!isRecord(answer) || !Array.isArray(answer.result)) return undefined;
  const found: Series[] = [];
  for (const raw of answer.result) {
    const labels = isRecord(raw) ? labelsOf(raw.metric) : undefined;
    if (!labels || !isRecord(raw)) return undefined;
    const values: unknown[] = Array.isArray(raw.values) ? raw.values : [raw.value];
    const points = values.map(pointOf).filter((point) => point !== undefined);
    if (points.length > 0) found.push({ labels, points });
  }
  return found;
}

/** What the library rejects with: a plain object, no Error. */
export interface Rejection {
  message: string;
  /** HTTP status, where the server answered. */
  status: number | undefined;
  /** Prometheus' `timeout`, `execution`, …, or the library's `network_error`. */
  type: string;
  /** `ECONNREFUSED` and the like. */
  code: string;
}

export function rejectionOf(thrown: unknown): Rejection {
  const raw = isRecord(thrown) ? thrown : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const message = text(raw.error) || text(raw.message) || (typeof thrown === 'string' ? thrown : 'no reason given');
  const status = typeof raw.httpStatus === 'number' ? raw.httpStatus : undefined;
  const type = isRecord(raw.prometheus) ? text(raw.prometheus.errorType) : '';
  return { message, status, type: type || text(raw.errorType), code: text(raw.code) };
}
