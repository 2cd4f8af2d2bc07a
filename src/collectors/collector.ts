import type { Config } from '../config/schema.js';
import type { Gap, SourceId } from '../model/sources.js';
import type { Window } from '../model/window.js';
import type { Store } from '../store/open.js';

/** What a collector is given for one run. */
export interface CollectInput {
  readonly config: Config;
  readonly store: Store;
  readonly window: Window;
  /** Whether the user named the start; otherwise a collector goes on from its cursor, or reads its own first-run history. */
  readonly sinceGiven: boolean;
  readonly cluster: string;
  /** Aborted by SIGINT: stop at the next batch boundary; what is committed stays. */
  readonly signal: AbortSignal;
  /** One short line of what is being done, for the terminal: `usage 3/16 chunks`. */
  progress(message: string): void;
}

/** How a run ended that did not throw. `gaps` makes it partial. */
export interface CollectResult {
  rows: number;
  gaps: Gap[];
  /** One sentence of what was read: `25 pods, 12 nodes, 4 volume claims`. */
  detail: string;
}

export type CheckState = 'ok' | 'absent' | 'failed';

/** What `doctor` says of one source. */
export interface Check {
  state: CheckState;
  /** `reachable: Prometheus 2.42.0 at http://…`, `no kubeconfig found`. */
  detail: string;
  /** The next step, as an imperative sentence; empty if all is well. */
  nextStep: string;
}

/**
 * One kind of thing that is read from outside. Idempotent (collecting twice changes nothing), resumable
 * (one transaction per batch, a cursor per source), bounded in memory and in requests in flight.
 */
export interface Collector {
  readonly id: SourceId;
  /** `Kubernetes API`, `Spark event logs`. */
  readonly title: string;
  /** Which answers are lost without it, in one sentence; `doctor` prints it. */
  readonly lostWithout: string;
  /** Whether the configuration names such a source at all. Cheap: no request. */
  isConfigured(config: Config): boolean;
  check(config: Config): Promise<Check>;
  /** @throws SourceError if nothing, or nothing more, can be read; what was committed stays. */
  collect(input: CollectInput): Promise<CollectResult>;
}
