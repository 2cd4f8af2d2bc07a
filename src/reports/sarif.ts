import type { Report, ReportFinding } from '../model/report.js';
import type { ManifestPlace, RenderOptions } from './options.js';
import { findingsOf } from './order.js';
import { impactText, whereText } from './summary.js';
import { jsonText, shown } from './text.js';

const LEVEL = { critical: 'error', warning: 'warning', info: 'note' } as const;
/** Patches of what is written down as a manifest. */
const MANIFEST_FORMATS: ReadonlySet<string> = new Set(['kubernetes', 'spark-application']);
const RULE_PAGES = 'docs/rules';

/** `Deployment web/checkout-api`: how an object is found among manifests. */
export function manifestKey(kind: string, namespace: string | undefined, name: string): string {
  return `${kind} ${namespace ?? ''}/${name}`;
}

function isAboutManifest({ recommendation }: ReportFinding): boolean {
  return recommendation?.patches.some(({ format }) => MANIFEST_FORMATS.has(format)) ?? false;
}

function location(finding: ReportFinding, places: ReadonlyMap<string, ManifestPlace> | undefined): unknown {
  const { kind, namespace, name } = finding.subject;
  const place = places?.get(manifestKey(kind, namespace, name)) ?? places?.get(manifestKey(kind, undefined, name));
  const physicalLocation = place && {
    artifactLocation: { uri: place.path.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' },
    region: { startLine: place.line },
  };
  const logical = { name: shown(name), fullyQualifiedName: whereText(finding), kind: 'resource' };
  return { ...(physicalLocation ? { physicalLocation } : {}), logicalLocations: [logical] };
}

function result(finding: ReportFinding, places: ReadonlyMap<string, ManifestPlace> | undefined): unknown {
  const { recommendation } = finding;
  const text = [shown(finding.title), impactText(finding), shown(recommendation?.summary ?? '', 1000)];
  return {
    ruleId: finding.rule,
    level: LEVEL[finding.severity],
    message: { text: text.filter(Boolean).join('. ') },
    locations: [location(finding, places)],
    partialFingerprints: { 'sparkfit/v1': finding.fingerprint },
    rank: finding.confidence.value * 100,
  };
}

/** Findings that a manifest can mend, as SARIF 2.1.0 for code scanning; with `manifests` each at its file and line. */
export function renderSarif(report: Report, { manifests }: RenderOptions = {}): string {
  const findings = findingsOf(report).filter(isAboutManifest);
  const titles = new Map(report.states.map(({ rule, title }) => [rule, title]));
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort().map((id) => ({
    id,
    shortDescription: { text: titles.get(id) ?? id },
    help: { text: `${RULE_PAGES}/${id}.md` },
  }));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: report.tool.name, version: report.tool.version, rules } },
        results: findings.map((finding) => result(finding, manifests)),
        columnKind: 'utf16CodeUnits',
      },
    ],
  };
  return `${jsonText(log)}\n`;
}
