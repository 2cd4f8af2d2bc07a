import type { StreamingBatch, StreamingQuery, StreamingSource } from '../../../model/spark.js';
import {
  countOf,
  isObject,
  type JsonObject,
  listOf,
  numberOf,
  numbersByName,
  objectOf,
  shorten,
  textOf,
  textsByName,
  timeOf,
} from '../json.js';
import { redactText } from '../redact.js';
import type { EventHandlers } from './handlers.js';

const ERROR_LENGTH = 8000;

export class StreamingTable {
  readonly queries = new Map<string, StreamingQuery>();
  readonly batches: StreamingBatch[] = [];

  /** Batches are done with when they are reported. */
  snapshot(): Map<string, StreamingQuery> {
    return this.queries;
  }

  restore(queries: ReadonlyMap<string, StreamingQuery>): void {
    for (const [runId, query] of queries) this.queries.set(runId, query);
  }

  /** By run: a query that is started again from its checkpoint keeps its id. */
  query(event: JsonObject): StreamingQuery | undefined {
    const runId = textOf(event.runId);
    if (runId === null) return undefined;
    let query = this.queries.get(runId);
    if (!query) {
      query = {
        queryId: textOf(event.id) ?? '',
        runId,
        name: null,
        startedMs: null,
        terminated: false,
        error: null,
      };
      this.queries.set(runId, query);
    }
    query.name = textOf(event.name) ?? query.name;
    return query;
  }
}

/** Offsets are text or JSON, as the source likes. */
function offsetOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function sourceOf(source: JsonObject): StreamingSource {
  return {
    description: redactText(textOf(source.description) ?? ''),
    startOffset: offsetOf(source.startOffset),
    endOffset: offsetOf(source.endOffset),
    latestOffset: offsetOf(source.latestOffset),
    inputRows: numberOf(source.numInputRows),
    metrics: textsByName(source.metrics),
  };
}

/** A sum over items; null if none has the figure. */
function sumOf(items: readonly JsonObject[], name: string): number | null {
  const values = items.map((item) => numberOf(item[name])).filter((value) => value !== null);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

function batchOf(progress: JsonObject, query: StreamingQuery): StreamingBatch {
  const phasesMs = numbersByName(progress.durationMs);
  const sources = listOf(progress.sources).filter(isObject);
  const state = listOf(progress.stateOperators).filter(isObject);
  return {
    queryId: query.queryId,
    runId: query.runId,
    batchId: countOf(progress.batchId) ?? 0,
    startedMs: timeOf(progress.timestamp) ?? 0,
    durationMs: numberOf(progress.batchDuration) ?? phasesMs.triggerExecution ?? null,
    phasesMs,
    inputRows: numberOf(progress.numInputRows) ?? sumOf(sources, 'numInputRows'),
    inputRowsPerSecond: numberOf(progress.inputRowsPerSecond) ?? sumOf(sources, 'inputRowsPerSecond'),
    processedRowsPerSecond: numberOf(progress.processedRowsPerSecond) ?? sumOf(sources, 'processedRowsPerSecond'),
    stateRows: sumOf(state, 'numRowsTotal'),
    stateMemoryBytes: sumOf(state, 'memoryUsedBytes'),
    sources: sources.map(sourceOf),
    sink: textOf(objectOf(progress.sink).description),
  };
}

export const streamingEvents: EventHandlers = {
  QueryStartedEvent(state, event) {
    const query = state.streaming.query(event);
    if (!query) return;
    query.startedMs = timeOf(event.timestamp);
    state.saw(query.startedMs);
  },

  QueryProgressEvent(state, event) {
    const progress = objectOf(event.progress);
    const query = state.streaming.query(progress);
    if (!query) return;
    const batch = batchOf(progress, query);
    state.streaming.batches.push(batch);
    state.saw(batch.startedMs);
  },

  // Comes every ten seconds while there is nothing to do.
  QueryIdleEvent(state, event) {
    state.saw(timeOf(event.timestamp));
  },

  QueryTerminatedEvent({ streaming }, event) {
    const query = streaming.query(event);
    if (!query) return;
    const error = textOf(event.exception);
    query.terminated = true;
    query.error = error === null ? null : shorten(redactText(error), ERROR_LENGTH);
  },
};
