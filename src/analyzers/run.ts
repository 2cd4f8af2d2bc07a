import { unknownRule, unknownWord } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { ConfigError } from '../model/errors.js';
import { type Evaluation, type Finding, fingerprintOf, type Impact } from '../model/finding.js';
import type { SourceId } from '../model/sources.js';
import type { Window } from '../model/window.js';
import type { Db } from '../store/open.js';
import { collectedSources } from '../store/sources.js';
import type { Artifact, ArtifactInput, Judge, Rule } from './rule.js';

/** Pages of the rules, for links in reports. */
const RULE_PAGES = 'docs/rules';

const NO_IMPACT: Impact = { usdPerMonth: null, freedCpuCores: null, freedMemoryBytes: null, secondsPerRun: null };

/** Computes artifacts once each; the same instance serves all rules of one evaluation. */
export function artifactInput(db: Db, window: Window, config: Config): ArtifactInput {
  const done = new Map<Artifact<unknown>, unknown>();
  const input: ArtifactInput = {
    db,
    window,
    config,
    get<T>(artifact: Artifact<T>): T {
      if (!done.has(artifact)) done.set(artifact, artifact.compute(input));
      return done.get(artifact) as T;
    },
  };
  return input;
}

interface Setting {
  enabled: boolean;
  parameters: unknown;
}

/**
 * A rule's parameters from the configuration, over their defaults.
 * @throws ConfigError that names the rule, the parameter and what was expected.
 */
function settingOf(rule: Rule, config: Config): Setting {
  const { enabled, ...own } = config.rules[rule.id] ?? {};
  for (const name of Object.keys(own))
    if (!(name in rule.parameters.shape))
      throw unknownWord(`parameter of rule ${rule.id}`, name, ['enabled', ...Object.keys(rule.parameters.shape)]);
  const parsed = rule.parameters.safeParse(own);
  const [issue] = parsed.error?.issues ?? [];
  if (issue) throw new ConfigError(`rules: ${rule.id}: ${issue.path.join('.')}: ${issue.message}`);
  return { enabled: enabled !== false, parameters: parsed.data };
}

/** @throws ConfigError if the configuration names a rule that is none. */
export function checkRuleConfig(rules: readonly Rule[], config: Config): void {
  const known = rules.map((rule) => rule.id);
  for (const id of Object.keys(config.rules)) if (!known.includes(id)) throw unknownRule(id, known);
}

function missingSource(rule: Rule, there: ReadonlySet<SourceId>): SourceId | undefined {
  return Object.values(rule.needs)
    .flatMap((artifact) => artifact.sources)
    .find((source) => !there.has(source));
}

function insufficient(rule: Rule, cluster: string, source: SourceId): Evaluation {
  return {
    state: 'insufficient-data',
    subject: { kind: 'Cluster', name: cluster },
    title: `${rule.title}: not known, nothing was collected from ${source}`,
  };
}

function toFinding(rule: Rule, evaluation: Evaluation): Finding {
  const isFinding = evaluation.state === 'finding';
  return {
    rule: rule.id,
    state: evaluation.state,
    severity: isFinding ? (evaluation.severity ?? rule.severity) : 'info',
    fingerprint: fingerprintOf(rule.id, evaluation.subject),
    subject: evaluation.subject,
    title: evaluation.title,
    evidence: evaluation.evidence ?? [],
    impact: isFinding ? { ...NO_IMPACT, ...evaluation.impact } : NO_IMPACT,
    confidence: isFinding ? evaluation.confidence : { value: 0, why: evaluation.title },
    recommendation: isFinding ? evaluation.recommendation : null,
    links: { rule: `${RULE_PAGES}/${rule.id}.md` },
  };
}

export interface EvaluateInput {
  rules: readonly Rule[];
  input: ArtifactInput;
  cluster: string;
}

/** What rules see of an evaluation's surroundings. */
type Given = Pick<ArtifactInput, 'config' | 'window' | 'get'>;

function isEnabled(rule: Rule, config: Config): boolean {
  return settingOf(rule, config).enabled;
}

function evaluateOne(rule: Rule, input: Given): Iterable<Evaluation> {
  const facts = Object.fromEntries(Object.entries(rule.needs).map(([name, artifact]) => [name, input.get(artifact)]));
  return rule.evaluate(facts, settingOf(rule, input.config).parameters, input.window);
}

/** The rules that judge item by item, after one pass over each list for all of them. */
function judgeLists(rules: readonly Rule[], input: Given): Map<Rule, Judge> {
  const judges = new Map<Rule, Judge>();
  const lists = new Map<Artifact<Iterable<unknown>>, Judge[]>();
  for (const rule of rules) {
    if (!rule.pass) continue;
    const judge = rule.pass.begin(settingOf(rule, input.config).parameters);
    judges.set(rule, judge);
    lists.set(rule.pass.over, [...(lists.get(rule.pass.over) ?? []), judge]);
  }
  for (const [list, together] of lists)
    for (const item of input.get(list)) for (const judge of together) judge.take(item);
  return judges;
}

/** Input with these artifacts and nothing else: one event log, no store. */
export function givenInput(config: Config, window: Window, artifacts: ReadonlyMap<Artifact<unknown>, unknown>): Given {
  return {
    config,
    window,
    get<T>(artifact: Artifact<T>): T {
      if (!artifacts.has(artifact)) throw new Error(`artifact ${artifact.id} was not given`);
      return artifacts.get(artifact) as T;
    },
  };
}

/** Evaluates the enabled ones of these rules on what is given, whatever was collected. */
export function evaluateGiven(rules: readonly Rule[], input: Given): Finding[] {
  const enabled = rules.filter((rule) => isEnabled(rule, input.config));
  const judges = judgeLists(enabled, input);
  return enabled.flatMap((rule) =>
    Array.from(judges.get(rule)?.end() ?? evaluateOne(rule, input), (evaluation) => toFinding(rule, evaluation)),
  );
}

/** Evaluates every enabled rule; one that lacks a source answers for it with "insufficient data". */
export function evaluateRules({ rules, input, cluster }: EvaluateInput): Finding[] {
  checkRuleConfig(rules, input.config);
  const there = collectedSources(input.db);
  const enabled = rules.filter((rule) => isEnabled(rule, input.config));
  const ready = enabled.filter((rule) => !missingSource(rule, there));
  const judges = judgeLists(ready, input);
  return enabled.flatMap((rule) => {
    const { also } = rule;
    const more = also && !missingSource(also, there) ? Array.from(evaluateOne(also, input)) : [];
    const missing = missingSource(rule, there);
    const own = missing
      ? [insufficient(rule, cluster, missing)]
      : (judges.get(rule)?.end() ?? evaluateOne(rule, input));
    return (missing && more.length ? more : [...own, ...more]).map((evaluation) => toFinding(rule, evaluation));
  });
}
