/** Where data comes from. One collector each; a gap or failure is named by it. */
export const SOURCES = [
  'kubernetes',
  'prometheus',
  'aws-spot',
  'aws-prices',
  'aws-instances',
  'spark-logs',
  'pod-logs',
] as const;
export type SourceId = (typeof SOURCES)[number];

export interface Gap {
  sinceMs: number;
  untilMs: number;
  why: string;
}

export type SourceState = 'ok' | 'partial' | 'failed' | 'absent';

/** What is known of one source over a window. */
export interface SourceStatus {
  id: SourceId;
  state: SourceState;
  gaps: Gap[];
  detail: string;
}
