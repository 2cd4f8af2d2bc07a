import { z } from 'zod';
import { LabelSelector, Metadata, time } from './schema.js';

// Objects around workloads, in the parts that are kept. The client calls `default` `_default`.

const text = z.string().nullish();
const quantities = z.record(z.string(), z.union([z.string(), z.number()])).nullish();
const strings = z.record(z.string(), z.string()).nullish();
const list = z.array(z.string()).nullish();

const Target = z.object({ averageUtilization: z.number().nullish() });
export const Autoscaler = z.object({
  metadata: Metadata,
  spec: z.object({
    scaleTargetRef: z.object({ kind: z.string(), name: z.string() }),
    minReplicas: z.number().nullish(),
    maxReplicas: z.number(),
    metrics: z
      .array(
        z.object({
          type: z.string(),
          resource: z.object({ name: z.string(), target: Target }).nullish(),
          containerResource: z.object({ container: z.string(), name: z.string(), target: Target }).nullish(),
        }),
      )
      .nullish(),
  }),
});
export const Budget = z.object({
  metadata: Metadata,
  spec: z.object({ selector: LabelSelector }),
  status: z.object({ disruptionsAllowed: z.number().nullish() }).nullish(),
});
export const Policy = z.object({ metadata: Metadata, spec: z.object({ podSelector: LabelSelector }).nullish() });
export const Quota = z.object({
  metadata: Metadata,
  spec: z.object({ hard: quantities }).nullish(),
  status: z.object({ hard: quantities, used: quantities }).nullish(),
});
export const Range = z.object({
  metadata: Metadata,
  spec: z.object({
    limits: z.array(
      z.object({ type: z.string(), default: quantities, _default: quantities, defaultRequest: quantities }),
    ),
  }),
});
export const Service = z.object({ metadata: Metadata, spec: z.object({ selector: strings }).nullish() });
export const Account = z.object({ metadata: Metadata, automountServiceAccountToken: z.boolean().nullish() });
export const Namespace = z.object({ metadata: Metadata, status: z.object({ phase: text }).nullish() });
export const Role = z.object({
  metadata: Metadata,
  rules: z.array(z.object({ apiGroups: list, resources: list, verbs: list })).nullish(),
});
export const Binding = z.object({
  metadata: Metadata,
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z.array(z.object({ kind: z.string(), namespace: text, name: z.string() })).nullish(),
});
export const Snapshot = z.object({
  metadata: Metadata,
  spec: z.object({ source: z.object({ persistentVolumeClaimName: text }) }),
  status: z.object({ readyToUse: z.boolean().nullish(), creationTime: time.nullish() }).nullish(),
});

/** Trivy Operator's; the labels name what was scanned. */
export const Scan = z.object({
  metadata: Metadata,
  report: z.object({
    updateTimestamp: time.nullish(),
    artifact: z.object({ repository: text, tag: text, digest: text }).nullish(),
    registry: z.object({ server: text }).nullish(),
    summary: z.object({ criticalCount: z.number().nullish(), highCount: z.number().nullish() }),
    vulnerabilities: z.array(z.object({ vulnerabilityID: z.string(), severity: text, fixedVersion: text })).nullish(),
  }),
});
