import { parse } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../model/errors.js';
import { sparkSettings } from '../model/spark-settings.js';
import type { MetricRow, SessionComparison } from './session-comparison.js';
import type { LoadedSuite } from './suite.js';
import type { Variant } from './suite-schema.js';

/** What is needed of a finding, whether it comes from a report's JSON or from an analysis. */
export interface Validatable {
  readonly fingerprint: string;
  readonly rule: string;
  readonly subject: { readonly kind: string; readonly namespace?: string | undefined; readonly name: string };
  readonly recommendation: { readonly patches: readonly { format: string; content: string }[] } | null;
}

const PRESENT = 'present';
const PATCHED = 'patched';
const Settings = z.record(z.string(), z.unknown());

/** Settings in the manifest of a SparkApplication, for workloads that are commands. */
function settingsOfManifest(manifest: unknown): Record<string, string> {
  const spec = z.object({ spec: z.looseObject({ sparkConf: Settings.optional() }) }).safeParse(manifest).data?.spec;
  const conf = Object.entries(spec?.sparkConf ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
  const role = (name: 'driver' | 'executor') => {
    const fields = z.looseObject({}).safeParse(spec?.[name]).data ?? {};
    const settings: Record<string, string> = {
      memory: `spark.${name}.memory`,
      cores: `spark.${name}.cores`,
      memoryOverhead: `spark.${name}.memoryOverhead`,
      instances: `spark.${name}.instances`,
    };
    return Object.entries(settings).flatMap(([field, setting]): [string, string][] =>
      fields[field] === undefined ? [] : [[setting, String(fields[field])]],
    );
  };
  return Object.fromEntries([...conf, ...role('driver'), ...role('executor')]);
}

function withoutIdentity(manifest: unknown): Record<string, unknown> {
  const { metadata: _metadata, kind: _kind, apiVersion: _apiVersion, ...rest } = Settings.parse(manifest);
  return rest;
}

/** What a finding's patch changes of a variant. @throws UsageError if none of its patches can be run. */
export function patchedVariant(finding: Validatable, first: Variant, onCluster: boolean): Variant {
  const patches = finding.recommendation?.patches ?? [];
  const settings = patches.find(({ format }) => format === 'spark-conf');
  const manifest = patches.find(({ format }) => format === 'spark-application');
  const base = { ...first, name: PATCHED };
  if (onCluster && manifest) return { ...base, patch: withoutIdentity(parse(manifest.content)) };
  const conf = settings ? sparkSettings(settings.content) : manifest ? settingsOfManifest(parse(manifest.content)) : {};
  if (Object.keys(conf).length) return { ...base, conf: { ...first.conf, ...conf } };
  throw new UsageError(`finding ${finding.fingerprint} (${finding.rule}) has no patch that can be run by itself`, {
    hint: 'Make the change by hand as a second variant of a suite and run it: sparkfit bench run.',
  });
}

/** The suite with the present state and the patched one; workloads that are not of the subject are left out. */
export function validationSuite(loaded: LoadedSuite, finding: Validatable): LoadedSuite {
  const { workloads } = loaded.suite;
  const named = workloads.filter(({ name }) => name === finding.subject.name);
  const chosen = named.length ? named : workloads.length === 1 ? workloads : [];
  if (!chosen.length)
    throw new UsageError(
      `suite ${loaded.path}: no workload is named ${finding.subject.name}, as the finding's subject is`,
      {
        hint: `It has ${workloads.map(({ name }) => name).join(', ')}. Name it so, or give a suite with one workload.`,
      },
    );
  const made = chosen.map((workload) => {
    const [first] = workload.variants;
    if (!first) return workload;
    return {
      ...workload,
      variants: [{ ...first, name: PRESENT }, patchedVariant(finding, first, workload.sparkApplication !== undefined)],
    };
  });
  return { ...loaded, suite: { ...loaded.suite, workloads: made } };
}

/** The row that stands for the verdict on a finding: cost where it is known, else time. */
export function decidingRow({ metrics }: SessionComparison): MetricRow | undefined {
  return metrics.find(({ name }) => name === 'cost') ?? metrics.find(({ name }) => name === 'time') ?? metrics[0];
}
