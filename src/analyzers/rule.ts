import type { z } from 'zod';
import type { Config } from '../config/schema.js';
import type { Evaluation, LedgerKind, Severity } from '../model/finding.js';
import type { SourceId } from '../model/sources.js';
import type { Window } from '../model/window.js';
import type { Db } from '../store/open.js';

/** What an artifact is computed from. */
export interface ArtifactInput {
  readonly db: Db;
  readonly window: Window;
  readonly config: Config;
  get<T>(artifact: Artifact<T>): T;
}

/**
 * Something derived from the store that several rules share, computed once per evaluation.
 * `sources` are those without which it has no meaning; the engine answers "insufficient data" for a rule
 * that needs an artifact whose source was never collected.
 */
export interface Artifact<T> {
  readonly id: string;
  readonly sources: readonly SourceId[];
  compute(input: ArtifactInput): T;
}

export function defineArtifact<T>(artifact: Artifact<T>): Artifact<T> {
  return artifact;
}

export type Needs = Record<string, Artifact<unknown>>;
export type Facts<N extends Needs> = { [K in keyof N]: N[K] extends Artifact<infer T> ? T : never };

export interface RuleContext<N extends Needs, P> {
  readonly facts: Facts<N>;
  readonly parameters: P;
  readonly window: Window;
}

/** One rule at work over a list that rules share a pass over. */
export interface Judge {
  take(item: unknown): void;
  end(): Iterable<Evaluation>;
}

/** How a rule judges a list too long to be held, item by item, so that all rules need one pass over it. */
export interface Pass {
  /** What is passed over; one of the rule's needs. */
  readonly over: Artifact<Iterable<unknown>>;
  begin(parameters: unknown): Judge;
}

interface RuleDefinition<N extends Needs, S extends z.ZodObject> {
  /** `family/name`: a contract with configs, alerts and dashboards. */
  id: string;
  /** The problem, as a headline: `CPU request far above use`. */
  title: string;
  severity: Severity;
  /** Which line of the savings ledger its dollars belong to; null if it saves none. */
  ledger: LedgerKind | null;
  /** What evaluate sees, and nothing else. */
  needs: N;
  /** Defaults and meanings (`.describe`) of the thresholds; the source of each is in the rule's page. */
  parameters: S;
  evaluate(context: RuleContext<N, z.infer<S>>): Iterable<Evaluation>;
}

/** A rule as the engine sees it: what it needs and a function from facts to evaluations. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly ledger: LedgerKind | null;
  readonly needs: Needs;
  readonly parameters: z.ZodObject;
  evaluate(facts: Record<string, unknown>, parameters: unknown, window: Window): Iterable<Evaluation>;
  /** Where there is one, the engine evaluates by it and gets the same as from `evaluate`. */
  readonly pass?: Pass;
  /** The same question asked of other facts, where those were collected; it shares id and parameters. */
  readonly also?: Rule;
}

/** Makes a rule. Pure: it reads its facts, has no clock but the window's, no network, no output. */
export function defineRule<const N extends Needs, S extends z.ZodObject>(definition: RuleDefinition<N, S>): Rule {
  const { evaluate, ...meta } = definition;
  return {
    ...meta,
    evaluate: (facts, parameters, window) =>
      evaluate({ facts: facts as Facts<N>, parameters: parameters as z.infer<S>, window }),
  };
}
