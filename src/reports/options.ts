import type { Report } from '../model/report.js';

/** Where an object is written down. */
export interface ManifestPlace {
  /** Relative to the folder that was looked through, with slashes. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/** What a caller may ask of a format; each format takes what it has a use for. */
export interface RenderOptions {
  /** Columns of the terminal (terminal). Default 100. */
  columns?: number;
  /** Whether colours may be used (terminal). Default false. */
  color?: boolean;
  /** How many findings are told in full (terminal, Markdown). Default 10. */
  top?: number;
  /** Where the HTML report lies, as the user can open it (terminal, Markdown). */
  htmlPath?: string;
  /** Also the subjects that are ok, have insufficient data or are not applicable (JSON). Default false. */
  allStates?: boolean;
  /** Where objects are written down, by `manifestKey` (SARIF). */
  manifests?: ReadonlyMap<string, ManifestPlace>;
}

/** One way to show a report. It renders the value and adds nothing to it. */
export interface ReportFormat {
  /** Of the file it is written to, without a dot. */
  readonly extension: string;
  readonly contentType: string;
  render(report: Report, options?: RenderOptions): string;
  /** The same text in pieces of whole lines, where it may be too long to be held. */
  pieces?(report: Report, options?: RenderOptions): Iterable<string>;
  /** Where one file does not hold it: its tables by name. */
  tables?(report: Report): ReadonlyMap<string, string>;
  /** Where it is a folder: its files by their path. */
  files?(report: Report): ReadonlyMap<string, string>;
}

export const DEFAULT_TOP = 10;
